// Colyseus 0.18 as its documentation says for speed: uWebSockets.js as transport (or its default, ws), no monitor, no
// express, no logging, Encoder.BUFFER_SIZE as large as the state, a schema of fixed widths instead of the tutorial's
// t.number, one map of entities with references kept. Echo is onMessageBytes and sendBytes with a number as type,
// which leaves msgpack out. The simulation calls broadcastPatch() itself, with patchRate null, so that a room has one
// timer instead of two and nobody waits for the other; at full speed the same is called again and again.
//
// Over the wire, all little-endian:
// - `POST /matchmake/joinOrCreate/room`, content-type application/json, body `{}` → 200
//   `{"name":"room","sessionId":"S","roomId":"R","processId":"P",…}`. Then a WebSocket to `/P/R?sessionId=S`.
// - From the server first u8 10 (JOIN_ROOM) and the schema; the client answers with the one byte 10; then the server
//   sends u8 14 (ROOM_STATE) and the whole state. In a room without ticks there is no state, and it is all done with 10.
// - Echo: u8 17 (ROOM_DATA_BYTES), u8 0 (the type), payload; the reply is the same. Inputs: u8 17, u8 1, payload; no
//   answer.
// - The state of a tick: u8 15 (ROOM_STATE_PATCH), changes.
// - The ws transport pings every 3 s and ends who misses two; uWebSockets.js after 120 s. Messages of clients may have
//   4 KB.
import { Room, Server } from "@colyseus/core";
import { Encoder, schema, t } from "@colyseus/schema";
import { uWebSocketsTransport } from "@colyseus/uwebsockets-transport";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { counts, listening } from "./control.mjs";
import { flightOf, ticking, WORLD } from "./scene.mjs";
import uWS from "./uws.mjs";

const ECHO = 0;
const INPUT = 1;
/** More than a player's entity has in a whole state, with its key; and what it starts with if nobody sets it. */
const ENTITY_BYTES_MAX = 64;
const BUFFER_BYTES = 16 * 1024;

const FIELDS = {
  float32: () => ({ x: t.float32(), y: t.float32(), angle: t.float32(), hp: t.uint8() }),
  quantised: () => ({
    x: t.quantized({ min: 0, max: WORLD, bits: 16 }),
    y: t.quantized({ min: 0, max: WORLD, bits: 16 }),
    angle: t.angle({ bits: 8 }),
    hp: t.uint8(),
  }),
};

export async function start(scene, { transport: kind, fields }) {
  Encoder.BUFFER_SIZE = Math.max(BUFFER_BYTES, scene.players * ENTITY_BYTES_MAX);
  const transport = kind === "uws" ? new uWebSocketsTransport() : new WebSocketTransport();
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define("room", scene.tickHz === 0 ? answering(scene) : moving(scene, kind, fields));
  await server.listen(0, "127.0.0.1");
  listening(portOf(transport, kind));
}

/** A room without a state. */
function answering({ players }) {
  return class extends Room {
    maxClients = players;
    // Nothing to send: its timer may be slow.
    patchRate = 1_000;

    onCreate() {
      this.onMessageBytes(ECHO, (client, bytes) => client.sendBytes(ECHO, bytes));
      this.onMessageBytes(INPUT, () => {});
    }
  };
}

function moving(scene, kind, fields) {
  const Entity = schema(FIELDS[fields](), "Entity");
  const State = schema({ entities: t.map(Entity) }, "State");
  const momentAt = flightOf(scene);
  const unsentBytes =
    kind === "uws" ? ({ ref }) => ref.ws.getBufferedAmount() : ({ ref }) => ref.bufferedAmount;

  return class extends Room {
    maxClients = scene.players;
    state = new State();
    entities = [];
    tick = 0;

    onCreate() {
      this.onMessageBytes(INPUT, (client, bytes) => {
        client.userData.input = bytes;
      });
      const advance = () => this.advance();
      if (scene.maxSpeed) {
        this.stop = ticking(scene, advance, () =>
          this.clients.length === 0 ? 0 : unsentBytes(this.clients[0]),
        );
      } else {
        this.setTimestep(advance, 1_000 / scene.tickHz);
      }
      this.patchRate = null;
    }

    onJoin(client) {
      const entity = new Entity();
      entity.x = 0;
      entity.y = 0;
      entity.angle = 0;
      entity.hp = 100;
      this.state.entities.set(client.sessionId, entity);
      this.entities.push(entity);
      client.userData = { entity, input: undefined };
    }

    onLeave({ sessionId, userData }) {
      this.state.entities.delete(sessionId);
      this.entities.splice(this.entities.indexOf(userData.entity), 1);
    }

    onDispose() {
      this.stop?.();
    }

    advance() {
      const { x, y, angle, hp } = momentAt(this.tick++);
      const { entities } = this;
      for (let i = 0; i < entities.length; i++) {
        const entity = entities[i];
        entity.x = x[i];
        entity.y = y[i];
        entity.angle = angle[i];
        entity.hp = hp[i];
      }
      counts.ticks++;
      if (this.broadcastPatch()) counts.sent += this.clients.length;
    }
  };
}

/** uWebSockets.js knows which port it got, and the transport keeps the socket that does to itself. */
function portOf(transport, kind) {
  return kind === "ws"
    ? transport.server.address().port
    : uWS.us_socket_local_port(transport._listeningSocket);
}
