// protobufjs: the whole state as one message every tick. Its reflection generates the same code as its compiler does.
import protobuf from "protobufjs";

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Entity { uint32 id = 1; float x = 2; float y = 3; float angle = 4; uint32 hp = 5; string name = 6; }
  message State { repeated Entity entities = 1; }
`);
const Entity = root.lookupType("Entity");
const State = root.lookupType("State");

export function openState(quantum, { flight: { start, names } }) {
  const entities = names.map((name, id) =>
    Entity.create({ id, x: start.x[id], y: start.y[id], angle: start.angle[id], hp: start.hp[id], name }),
  );
  const state = State.create({ entities });
  let shown = State.create({ entities: [] });
  const encode = () => State.encode(state).finish();
  return {
    quantum,
    snapshot: encode,
    mutate({ movers, hits, x, y, angle, hp }) {
      for (let m = 0; m < movers.length; m++) {
        const i = movers[m];
        const entity = entities[i];
        entity.x = x[i];
        entity.y = y[i];
        entity.angle = angle[i];
      }
      for (let h = 0; h < hits.length; h++) {
        const i = hits[h];
        entities[i].hp = hp[i];
      }
    },
    encode,
    decode(bytes) {
      shown = State.decode(bytes);
    },
    shownCount: () => shown.entities.length,
    shown: (i) => shown.entities[i],
  };
}
