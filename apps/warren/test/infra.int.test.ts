import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectNats } from "@warren/cluster/nats";
import { ensureNatsServer } from "@warren/cluster/nats-server";
import { eventually, launch } from "@warren/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

const CONF = new URL("../../../infra/nats/nats-server.conf", import.meta.url);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-infra-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** What a server that wants to join without saying who it is gets to hear. */
const joinAsStranger = (port: number) =>
  new Promise<string>((resolve) => {
    let heard = "";
    const socket = connect(port, "127.0.0.1");
    socket.on("data", (text) => {
      heard += text;
      if (heard.startsWith("INFO")) socket.write('CONNECT {"name":"stranger","cluster":"warren"}\r\n');
    });
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => resolve(heard));
  });

it("infra/nats/nats-server.conf makes three servers one cluster that keeps three copies and asks for its token", async () => {
  const { path } = await ensureNatsServer({ env: process.env });
  const ports = await Promise.all(
    [0, 1, 2].map(async () => ({ client: await freePort(), route: await freePort() })),
  );
  const confs = await Promise.all(
    ports.map(async ({ client, route }, i) => {
      // The file as it is but for the ports, which three servers on one host cannot share.
      const text = (await readFile(CONF, "utf8"))
        .replace("port: 4222", `port: ${client}`)
        .replace("port: 6222", `port: ${route}`);
      const conf = join(folder, `${i}.conf`);
      await writeFile(conf, text);
      return conf;
    }),
  );
  const start = (i: number) => {
    const others = ports.filter((_, other) => other !== i);
    return launch(path, ["-c", confs[i] ?? ""], {
      env: {
        NATS_NAME: `n${i}`,
        NATS_STORE: join(folder, `store-${i}`),
        NATS_TOKEN: "a-token",
        NATS_HOST: "127.0.0.1",
        NATS_ROUTE_1: `nats://warren:a-token@127.0.0.1:${others[0]?.route}`,
        NATS_ROUTE_2: `nats://warren:a-token@127.0.0.1:${others[1]?.route}`,
      },
    });
  };
  // The first is not there yet: the two others have to find each other, and are a majority.
  const servers = [start(1), start(2)];
  try {
    await Promise.any(servers.map((server) => server.said(/Self is new JetStream cluster metadata leader/)));
    servers.unshift(start(0));
    await servers[0]?.said(/Server is ready/);
    const urls = ports.map(({ client }) => `nats://127.0.0.1:${client}`).join(",");
    await expect(connectNats({ servers: urls, name: "stranger" })).rejects.toThrow(/uthorization/);
    expect(await joinAsStranger(ports[0]?.route ?? 0)).toMatch(/Authorization Violation/);

    const cluster = await connectNats({ servers: urls, name: "test", token: "a-token", replicas: 3 });
    await cluster.log.append("mm.main.t", Uint8Array.of(1));
    await servers[0]?.end("SIGKILL");
    await eventually(async () => {
      const appended = await cluster.log
        .append("mm.main.t", Uint8Array.of(2))
        .catch((error: unknown) => String(error));
      return typeof appended === "string" ? appended : undefined;
    }, 15_000);
    expect((await cluster.log.last("mm.main.t"))?.bytes).toEqual(Uint8Array.of(2));
    await cluster.close();
  } finally {
    await Promise.all(servers.map((server) => server.end("SIGKILL")));
  }
});
