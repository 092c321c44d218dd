// What a Colyseus room does with a patch, after SchemaSerializer.applyPatches of @colyseus/core 0.18: encoded once
// behind the protocol byte and handed to every client as it is, or, in rooms with defineInput (`timed`), copied for
// each client behind 8 bytes: the room's time and the number of the last input.
import { Decoder, Encoder, encode } from "@colyseus/schema";
import { addEntities, mutate, stateClasses } from "./colyseus-entities.mjs";

const ROOM_STATE = 14;
const ROOM_STATE_PATCH = 15;
const TIMED = 0x80;
const PATCH_MS = 50;

export function openRooms(kind, timed, quantum, { flight, world, rooms, playersPerRoom, send, watched }) {
  const { Entity, State } = stateClasses(kind, world);
  const all = Array.from(
    { length: rooms },
    (_, r) => new ColyseusRoom(State, Entity, flight, r * playersPerRoom, playersPerRoom, timed, send),
  );
  const decoders = new Map(watched.map((client) => [client, new Decoder(new State())]));
  return {
    quantum,
    tick(step) {
      for (const room of all) room.tick(step);
    },
    receive(client, message) {
      decoders.get(client).decode(message, { offset: (message[0] & TIMED) === 0 ? 1 : 9 });
    },
    shownCount: (client) => decoders.get(client).state.entities.size,
    shown: (client, i) => decoders.get(client).state.entities.get(`e${i}`),
  };
}

class ColyseusRoom {
  constructor(State, Entity, flight, firstClient, players, timed, send) {
    this.state = new State();
    this.encoder = new Encoder(this.state);
    this.entities = addEntities(this.state, Entity, flight);
    this.timed = timed;
    this.elapsedMs = 0;
    this.clients = Array.from({ length: players }, (_, i) => ({
      isJoined: true,
      inputSeq: 0,
      raw: (message) => send(firstClient + i, message),
    }));
    this.encoder.sharedBuffer[0] = ROOM_STATE;
    const whole = this.encoder.encodeAll({ offset: 1 });
    for (const client of this.clients) client.raw(whole);
    this.encoder.discardChanges();
  }

  tick(step) {
    mutate(this.entities, step);
    this.elapsedMs += PATCH_MS;
    this.encoder.sharedBuffer[0] = ROOM_STATE_PATCH;
    const encoded = this.encoder.encode({ offset: 1 });
    for (let i = this.clients.length - 1; i >= 0; i--) {
      const client = this.clients[i];
      if (!client.isJoined) continue;
      client.raw(this.timed ? timedFrame(encoded, this.elapsedMs, client.inputSeq++) : encoded);
    }
    this.encoder.discardChanges();
  }
}

function timedFrame(encoded, elapsedMs, inputSeq) {
  const body = encoded.subarray(1);
  const frame = Buffer.allocUnsafe(1 + 8 + body.length);
  frame[0] = encoded[0] | TIMED;
  const it = { offset: 1 };
  encode.uint32(frame, elapsedMs, it);
  encode.uint32(frame, inputSeq, it);
  frame.set(body, it.offset);
  return frame;
}
