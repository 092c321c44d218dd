// The package ws on node:http, as most servers in Node are written: perMessageDeflate off (its default), no list of
// clients beside those of the rooms, the state encoded once (field.mjs) and given to each by send(). Its native helper
// bufferutil is installed, as its README says for performance.
//
// Over the wire: raw-room.mjs. It sends no pings by itself.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { listening } from "./control.mjs";
import { rawRooms, UNKNOWN_TOKEN } from "./raw-room.mjs";
import { Rooms, Tokens } from "./seats.mjs";

const BINARY = { binary: true };

export function start(scene) {
  const isEcho = scene.tickHz === 0;
  const tokens = new Tokens();
  // It keeps what the kernel does not take yet, so every state is bytes of its own: one copy for all clients.
  const open = rawRooms(
    scene,
    (socket, bytes) => socket.send(bytes, BINARY),
    (socket) => socket.bufferedAmount,
    { copy: true },
  );
  const rooms = new Rooms(scene.players, open);
  const http = createServer((req, res) => {
    if (req.method !== "POST" || req.url !== "/join") return res.writeHead(404).end();
    res.writeHead(200, { "content-type": "application/json" }).end(`{"token":"${tokens.give()}"}`);
  });
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false });
  sockets.on("connection", (socket) => {
    const player = { leave: undefined, input: undefined };
    socket.on("message", (message, isBinary) => {
      if (player.leave === undefined) {
        if (tokens.take(message.toString("latin1"))) player.leave = rooms.seat(socket);
        else socket.close(UNKNOWN_TOKEN);
      } else if (isEcho) {
        socket.send(message, { binary: isBinary });
      } else {
        player.input = message;
      }
    });
    socket.on("close", () => player.leave?.());
    socket.on("error", () => {});
  });
  http.listen(0, "127.0.0.1", () => listening(http.address().port));
}
