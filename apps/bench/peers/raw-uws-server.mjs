// The limit: what a good engineer writes by hand on uWebSockets.js for exactly this, and nothing else. An array of
// sockets a room, the state encoded once (field.mjs) and given to each by send(). publish() costs about the same, and
// skips slow sockets without a word. Messages are answered from within their handler, where uWebSockets.js corks: what
// came in one read leaves in one write. No sessions, no resuming, no limits, no schema.
//
// Over the wire: raw-room.mjs. Idle sockets are pinged after its default of 120 s.
import uWS from "uWebSockets.js";
import { listening } from "./control.mjs";
import { ECHO, rawRooms, UNKNOWN_TOKEN } from "./raw-room.mjs";
import { Rooms, Tokens } from "./seats.mjs";

/** Two processes may not share the port in silence. */
const EXCLUSIVE_PORT = 1;
const MAX_UNSENT_BYTES = 1024 * 1024;

export function start(scene) {
  const tokens = new Tokens();
  const rooms = new Rooms(
    scene.players,
    rawRooms(
      scene,
      (socket, bytes) => socket.send(bytes, true),
      (socket) => socket.getBufferedAmount(),
    ),
  );
  uWS
    .App()
    .post("/join", (res) => {
      res.writeHeader("content-type", "application/json").end(`{"token":"${tokens.give()}"}`);
    })
    .ws("/*", {
      compression: uWS.DISABLED,
      maxBackpressure: MAX_UNSENT_BYTES,
      upgrade(res, req, context) {
        res.upgrade(
          { leave: undefined },
          req.getHeader("sec-websocket-key"),
          req.getHeader("sec-websocket-protocol"),
          req.getHeader("sec-websocket-extensions"),
          context,
        );
      },
      message(socket, message, isBinary) {
        const data = socket.getUserData();
        if (data.leave === undefined) {
          if (tokens.take(Buffer.from(message).toString("latin1"))) data.leave = rooms.seat(socket);
          else socket.end(UNKNOWN_TOKEN);
          return;
        }
        if (new Uint8Array(message)[0] === ECHO) socket.send(message, isBinary);
      },
      close(socket) {
        socket.getUserData().leave?.();
      },
    })
    .listen("127.0.0.1", 0, EXCLUSIVE_PORT, (socket) => {
      if (!socket) throw new Error("uWebSockets.js does not listen");
      listening(uWS.us_socket_local_port(socket));
    });
}
