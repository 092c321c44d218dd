// The limit: what a good engineer writes by hand on uWebSockets.js for exactly this, and nothing else. An array of
// sockets a room, the state encoded once (field.mjs) and given to each by send(). publish() costs about the same, and
// skips slow sockets without a word. Messages are answered from within their handler, where uWebSockets.js corks: what
// came in one read leaves in one write. No sessions, no resuming, no limits, no schema.
//
// Over the wire: raw-room.mjs. Idle sockets are pinged before its default of 120 s is over.
import { listening } from "./control.mjs";
import { rawRooms, UNKNOWN_TOKEN } from "./raw-room.mjs";
import { Rooms, Tokens } from "./seats.mjs";
import uWS, { listenOn } from "./uws.mjs";

const UNSENT_BYTES_MAX = 1024 * 1024;

export function start(scene) {
  const isEcho = scene.tickHz === 0;
  const tokens = new Tokens();
  const open = rawRooms(
    scene,
    (socket, bytes) => socket.send(bytes, true),
    (socket) => socket.getBufferedAmount(),
  );
  const rooms = new Rooms(scene.players, open);
  const app = uWS
    .App()
    .post("/join", (res) => {
      res.writeHeader("content-type", "application/json").end(`{"token":"${tokens.give()}"}`);
    })
    .ws("/*", {
      compression: uWS.DISABLED,
      maxBackpressure: UNSENT_BYTES_MAX,
      upgrade(res, req, context) {
        res.upgrade(
          { leave: undefined, input: undefined },
          req.getHeader("sec-websocket-key"),
          req.getHeader("sec-websocket-protocol"),
          req.getHeader("sec-websocket-extensions"),
          context,
        );
      },
      message(socket, message, isBinary) {
        const player = socket.getUserData();
        if (player.leave === undefined) {
          if (tokens.take(Buffer.from(message).toString("latin1"))) player.leave = rooms.seat(socket);
          else socket.end(UNKNOWN_TOKEN);
        } else if (isEcho) {
          socket.send(message, isBinary);
        } else {
          player.input = message.slice();
        }
      },
      close(socket) {
        socket.getUserData().leave?.();
      },
    });
  listenOn(app, listening);
}
