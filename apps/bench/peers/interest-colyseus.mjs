// One StateView per client, as its documentation says: entities are added when they come into sight and removed when
// they leave it, and only then. Who sees whom is the game's own business there; this is a grid that touches only
// those who crossed a border. A patch is sent as SchemaSerializer.applyPatches does it: the shared part once, then
// encodeView for every client into the same buffer.
import { Decoder, Encoder, StateView } from "@colyseus/schema";
import { addEntities, mutate, stateClasses } from "./colyseus-entities.mjs";

export function openInterest(kind, quantum, { flight, plan, grid, clients, watched }) {
  const { Entity, State } = stateClasses(kind, plan.world, { perClient: true });
  const state = new State();
  const encoder = new Encoder(state);
  const entities = addEntities(state, Entity, flight);
  const views = Array.from({ length: clients }, () => new StateView());
  const sight = new Sight(grid, views, entities, flight.start);
  const decoders = new Map(watched.map((client) => [client, new Decoder(new State())]));

  return {
    quantum,
    start(send) {
      const it = { offset: 0 };
      encoder.encodeAll(it);
      const sharedOffset = it.offset;
      for (let client = 0; client < clients; client++) {
        send(client, encoder.encodeAllView(views[client], sharedOffset, { offset: sharedOffset }));
        // What was added to the view went with this already.
        views[client].changes.clear();
      }
      encoder.discardChanges();
    },
    mutate: (step) => mutate(entities, step),
    look: (step) => sight.follow(step),
    encode(send) {
      const it = { offset: 0 };
      encoder.encode(it);
      const sharedOffset = it.offset;
      for (let client = 0; client < clients; client++) {
        send(client, encoder.encodeView(views[client], sharedOffset, it));
      }
      encoder.discardChanges();
    },
    decode(client, bytes) {
      decoders.get(client).decode(bytes);
    },
    shownCount: (client) => decoders.get(client).state.entities.size,
    shown: (client, i) => decoders.get(client).state.entities.get(`e${i}`),
  };
}

/** Who is in which cell, and whose view has which cells. Client `c` looks from where entity `c` is. */
class Sight {
  constructor(grid, views, entities, { x, y }) {
    this.grid = grid;
    this.views = views;
    this.entities = entities;
    this.cellOfEntity = entities.map((_, i) => grid.cellOf(x[i], y[i]));
    this.cellOfClient = views.map((_, client) => grid.cellOf(x[client], y[client]));
    /** By cell: numbers of the entities in it, and where in that list each is. */
    this.inCell = Array.from({ length: grid.cellCount }, () => []);
    this.placeInCell = new Uint32Array(entities.length);
    /** By cell: the clients who see it; and the same as a table. */
    this.seenBy = Array.from({ length: grid.cellCount }, () => []);
    this.sees = views.map(() => new Uint8Array(grid.cellCount));

    for (let i = 0; i < entities.length; i++) this.enter(i, this.cellOfEntity[i]);
    for (let client = 0; client < views.length; client++) {
      for (const cell of grid.seenFrom(this.cellOfClient[client])) this.open(client, cell);
    }
  }

  follow({ x, y }) {
    const { grid, cellOfEntity, cellOfClient } = this;
    for (let i = 0; i < cellOfEntity.length; i++) {
      const cell = grid.cellOf(x[i], y[i]);
      if (cell !== cellOfEntity[i]) this.moveEntity(i, cell);
    }
    for (let client = 0; client < cellOfClient.length; client++) {
      const cell = grid.cellOf(x[client], y[client]);
      if (cell !== cellOfClient[client]) this.moveClient(client, cell);
    }
  }

  moveEntity(i, cell) {
    const { views, sees, seenBy, entities } = this;
    const from = this.cellOfEntity[i];
    const entity = entities[i];
    for (const client of seenBy[from]) if (sees[client][cell] === 0) views[client].remove(entity);
    for (const client of seenBy[cell]) if (sees[client][from] === 0) views[client].add(entity);
    this.leave(i, from);
    this.enter(i, cell);
    this.cellOfEntity[i] = cell;
  }

  moveClient(client, cell) {
    const { grid, sees } = this;
    const before = grid.seenFrom(this.cellOfClient[client]);
    const after = grid.seenFrom(cell);
    for (const seen of before) if (!after.includes(seen)) this.close(client, seen);
    for (const seen of after) if (sees[client][seen] === 0) this.open(client, seen);
    this.cellOfClient[client] = cell;
  }

  open(client, cell) {
    this.sees[client][cell] = 1;
    this.seenBy[cell].push(client);
    for (const i of this.inCell[cell]) this.views[client].add(this.entities[i]);
  }

  close(client, cell) {
    this.sees[client][cell] = 0;
    const seenBy = this.seenBy[cell];
    seenBy.splice(seenBy.indexOf(client), 1);
    for (const i of this.inCell[cell]) this.views[client].remove(this.entities[i]);
  }

  enter(i, cell) {
    this.placeInCell[i] = this.inCell[cell].length;
    this.inCell[cell].push(i);
  }

  leave(i, cell) {
    const list = this.inCell[cell];
    const last = list.pop();
    if (last === i) return;
    list[this.placeInCell[i]] = last;
    this.placeInCell[last] = this.placeInCell[i];
  }
}
