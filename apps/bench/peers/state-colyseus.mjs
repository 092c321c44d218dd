// @colyseus/schema as its server and its client use it, without callbacks on the client.
import { Decoder, Encoder } from "@colyseus/schema";
import { addEntities, mutate, stateClasses } from "./colyseus-entities.mjs";

export function openState(kind, quantum, { flight, world }) {
  const { Entity, State } = stateClasses(kind, world);
  const state = new State();
  const encoder = new Encoder(state);
  const entities = addEntities(state, Entity, flight);
  const decoder = new Decoder(new State());
  return {
    quantum,
    snapshot() {
      const bytes = encoder.encodeAll().slice();
      encoder.discardChanges();
      return bytes;
    },
    mutate: (step) => mutate(entities, step),
    encode() {
      const bytes = encoder.encode();
      encoder.discardChanges();
      return bytes;
    },
    decode(bytes) {
      decoder.decode(bytes);
    },
    shownCount: () => decoder.state.entities.size,
    shown: (i) => decoder.state.entities.get(`e${i}`),
  };
}
