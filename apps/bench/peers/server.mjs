// node server.mjs <kind> '{ "players": 50, "tickHz": 20, "maxSpeed": false }': one of the servers that live benchmarks
// compare with. Each file says how it is set up and what goes over its wire.
// biome-ignore lint/style/noProcessEnv: the packages read it when they are loaded.
process.env.NODE_ENV = "production";

const SERVERS = {
  "colyseus-uws": ["./colyseus-server.mjs", { transport: "uws", fields: "float32" }],
  "colyseus-quantised-uws": ["./colyseus-server.mjs", { transport: "uws", fields: "quantised" }],
  "colyseus-ws": ["./colyseus-server.mjs", { transport: "ws", fields: "float32" }],
  "socketio-uws": ["./socketio-server.mjs", { transport: "uws" }],
  "socketio-ws": ["./socketio-server.mjs", { transport: "ws" }],
  ws: ["./ws-server.mjs", {}],
  "raw-uws": ["./raw-uws-server.mjs", {}],
};

const [kind, scene] = process.argv.slice(2);
const server = SERVERS[kind];
if (server === undefined)
  throw new Error(`there is no ${kind}; there are ${Object.keys(SERVERS).join(", ")}`);
const [file, options] = server;
const { start } = await import(file);
await start({ players: 50, tickHz: 0, maxSpeed: false, ...JSON.parse(scene ?? "{}") }, options);
