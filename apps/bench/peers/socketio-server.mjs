// Socket.IO 4.8, on uWebSockets.js or on ws (with its native helper bufferutil), as its page on performance says:
// WebSocket alone, no deflate, no files for browsers, the first HTTP request is not kept. A state goes to a room by one
// emit, which encodes it once: on uWebSockets.js that is a publish(), on ws one frame made before for all.
//
// Tried, and what is best is used: an acknowledgement takes 0.9 of the CPU of an event in answer. A state as a Buffer of
// Float32s is two frames (an attachment), and on uWebSockets.js still the least CPU and the fewest bytes; on ws only
// text is framed once for all, so there numbers as JSON, rounded, take less than half of the CPU. Base64, and the
// parser that speaks msgpack, were no better than the better of these.
//
// Over the wire:
// - `POST /join`, no body → 200 `{"token":"…"}`. Then a WebSocket to `/socket.io/?EIO=4&transport=websocket` at the
//   same port. All is text but attachments.
// - From the server first `0{"sid":"…","pingInterval":25000,…}`; the client sends `40{"token":"…"}`; the server answers
//   `40{"sid":"…"}`, or `44{"message":"unknown token"}`. In a room with ticks a first state follows at once.
// - A state on uWebSockets.js: text `451-["state",{"_placeholder":true,"num":0}]`, then a binary frame: of every seat x,
//   y, angle, hp as little-endian float32. On ws: `42["state",[x,y,angle,hp,…]]`.
// - Echo: `421["echo","payload"]`, where 1 is any number; its reply is `431["payload"]`. Inputs: `42["input","payload"]`,
//   no answer.
// - Every 25 s the server sends `2` and expects `3` within 20 s.

import { createServer } from "node:http";
import { Server } from "socket.io";
import { counts, listening } from "./control.mjs";
import { flightOf, ticking } from "./scene.mjs";
import { Rooms, Tokens } from "./seats.mjs";
import uWS, { listenOn } from "./uws.mjs";

const UNSENT_BYTES_MAX = 1024 * 1024;
const OPTIONS = {
  transports: ["websocket"],
  allowUpgrades: false,
  serveClient: false,
  perMessageDeflate: false,
};

export function start(scene, { transport }) {
  const io = new Server(OPTIONS);
  const tokens = new Tokens();
  const rooms = new Rooms(scene.players, roomsOf(scene, transport, io));
  io.use(({ handshake }, next) =>
    next(tokens.take(handshake.auth.token) ? undefined : new Error("unknown token")),
  );
  io.on("connection", (socket) => {
    socket.on("disconnect", rooms.seat(socket));
    if (scene.tickHz === 0) {
      socket.on("echo", (text, reply) => reply(text));
    } else {
      socket.on("input", (text) => {
        socket.data.input = text;
      });
    }
  });
  const answer = () => `{"token":"${tokens.give()}"}`;
  if (transport === "uws") listenOnUws(io, answer);
  else listenOnHttp(io, answer);
  io.engine.on("connection", (connection) => {
    connection.request = null;
  });
}

function listenOnUws(io, answer) {
  const app = uWS.App();
  app.post("/join", (res) => {
    res.writeHeader("content-type", "application/json").end(answer());
  });
  // As Colyseus and the server by hand have it; beyond its 64 KB states would be left out in silence.
  io.attachApp(app, { maxBackpressure: UNSENT_BYTES_MAX });
  listenOn(app, listening);
}

function listenOnHttp(io, answer) {
  const http = createServer((req, res) => {
    if (req.method !== "POST" || req.url !== "/join") return res.writeHead(404).end();
    res.writeHead(200, { "content-type": "application/json" }).end(answer());
  });
  io.attach(http);
  http.listen(0, "127.0.0.1", () => listening(http.address().port));
}

/** Answers how a room is opened. */
function roomsOf(scene, transport, io) {
  if (scene.tickHz === 0) return () => ({ enter() {}, leave() {}, close() {} });
  const momentAt = flightOf(scene);
  const [State, unsentBytes] =
    transport === "uws"
      ? [FloatsState, ({ conn }) => conn.transport.socket.getBufferedAmount()]
      : [TextState, ({ conn }) => conn.transport.socket.bufferedAmount];
  let opened = 0;
  return (seats) => new Room(io, `${opened++}`, scene, momentAt, new State(seats), unsentBytes);
}

class Room {
  #io;
  #name;
  #momentAt;
  #state;
  /** By seat: who is there. */
  #members = new Map();
  #tick = 0;
  #stop;

  constructor(io, name, scene, momentAt, state, unsentBytes) {
    this.#io = io;
    this.#name = name;
    this.#momentAt = momentAt;
    this.#state = state;
    this.#stop = ticking(
      scene,
      () => this.#advance(),
      () => unsentBytes(this.#members.values().next().value),
    );
  }

  enter(socket, seat) {
    this.#members.set(seat, socket);
    socket.join(this.#name);
    socket.emit("state", this.#state.own());
  }

  leave(seat) {
    this.#members.delete(seat);
  }

  close() {
    this.#stop();
  }

  #advance() {
    this.#state.move(this.#momentAt(this.#tick++));
    this.#io.to(this.#name).emit("state", this.#state.payload);
    counts.ticks++;
    counts.sent += this.#members.size;
  }
}

/** {@link Buffer} of float32s. */
class FloatsState {
  #floats;
  payload;

  constructor(seats) {
    this.#floats = new Float32Array(seats * 4);
    this.payload = Buffer.from(this.#floats.buffer);
  }

  /** Bytes that stay as they are: what is sent to one may have to wait. */
  own() {
    return Buffer.from(this.payload);
  }

  move({ x, y, angle, hp }) {
    const floats = this.#floats;
    for (let i = 0, at = 0; at < floats.length; i++, at += 4) {
      floats[at] = x[i];
      floats[at + 1] = y[i];
      floats[at + 2] = angle[i];
      floats[at + 3] = hp[i];
    }
  }
}

/** Numbers, to a tenth of a unit and a hundredth of a radian. */
class TextState {
  payload;

  constructor(seats) {
    this.payload = new Array(seats * 4).fill(0);
  }

  own() {
    return this.payload;
  }

  move({ x, y, angle, hp }) {
    const numbers = this.payload;
    for (let i = 0, at = 0; at < numbers.length; i++, at += 4) {
      numbers[at] = Math.round(x[i] * 10) / 10;
      numbers[at + 1] = Math.round(y[i] * 10) / 10;
      numbers[at + 2] = Math.round(angle[i] * 100) / 100;
      numbers[at + 3] = hp[i];
    }
  }
}
