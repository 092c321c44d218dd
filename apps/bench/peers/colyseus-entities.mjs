// The same entities as Colyseus states, for every benchmark.
import { Encoder, schema, t } from "@colyseus/schema";

// The buffer grows by encoding again and warns; its documentation says to set it before the first encoder is made.
Encoder.BUFFER_SIZE = 8 * 1024 * 1024;

/** The fields of an entity, by how the numbers are declared. */
const FIELDS = {
  // Fixed widths: smaller and faster than what the tutorial writes.
  float32: () => ({
    x: t.float32(),
    y: t.float32(),
    angle: t.float32(),
    hp: t.uint8(),
    name: t.string(),
  }),
  // As its tutorial writes it.
  number: () => ({ x: t.number(), y: t.number(), angle: t.number(), hp: t.number(), name: t.string() }),
  quantised: (world) => ({
    x: t.quantized({ min: 0, max: world, bits: 16 }),
    y: t.quantized({ min: 0, max: world, bits: 16 }),
    angle: t.angle({ bits: 8 }),
    hp: t.uint8(),
    name: t.string(),
  }),
};

/** A state class with a map of entities. `perClient`: whom a client sees is its StateView's. */
export function stateClasses(kind, world, { perClient = false } = {}) {
  const Entity = schema(FIELDS[kind](world), "Entity");
  const entities = t.map(Entity);
  const State = schema({ entities: perClient ? entities.view() : entities }, "State");
  return { Entity, State };
}

/** Fills the state's map, and answers the entities by number. */
export function addEntities(state, Entity, { start, names }) {
  return names.map((name, i) => {
    const entity = new Entity();
    entity.x = start.x[i];
    entity.y = start.y[i];
    entity.angle = start.angle[i];
    entity.hp = start.hp[i];
    entity.name = name;
    state.entities.set(`e${i}`, entity);
    return entity;
  });
}

export function mutate(entities, { movers, hits, x, y, angle, hp }) {
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
}
