import { type PlayerId, Prng, parsePlayerId } from "@warren/kernel";
import { type GroupValue, type StateFields, t } from "@warren/schema";
import { mutate, randomEye, randomGroups, randomShape, type Shape } from "@warren/schema/testing";
import { type AnyRoomDefinition, defineRoom, type RoomSource } from "../definition.ts";

/** Text that only `hidden` holds. */
export const SECRET = "nobody may read this";
/** Players of a random room; their ids are keys of rows, too. */
export const PLAYERS = ["a", "b", "c", "d"].map((id) => parsePlayerId(id));

const actions = { act: t.action({ seed: t.u32() }, {}) };

interface Eyes {
  readonly self: string;
  eye: { x: number; y: number } | undefined;
  groups: Readonly<Record<string, GroupValue | readonly GroupValue[]>>;
}

/**
 * A room of any shape and pace. What its code does is a function of the room and a seed, from an action or from the
 * room itself. Where it put the eyes of players is written down here a second time.
 */
export class RandomRoom {
  readonly definition: AnyRoomDefinition;
  readonly shape: Shape;
  /** The state itself, as the room's code sees it. */
  state: Record<string, unknown> = {};
  /** From now on the room's code does nothing. */
  isQuiet = false;
  readonly #eyes = new Map<string, Eyes>();

  constructor(prng: Prng) {
    const shape = randomShape(prng);
    const hidden = randomShape(prng);
    const hiddenType = t.state({ ...hidden.type.fields, secret: t.string(64) } as StateFields);
    this.shape = shape;
    const hasGroups = shape.tables.some(({ view }) => typeof view === "object" && "group" in view);
    type Source = RoomSource<
      unknown,
      unknown,
      typeof shape.type,
      unknown,
      typeof actions,
      Record<never, never>,
      typeof hiddenType
    >;
    type AnyRoom = Parameters<NonNullable<Source["onCreate"]>>[0];

    const act = (room: AnyRoom, seed: number): void => {
      if (this.isQuiet) return;
      const own = new Prng(seed);
      mutate(own, shape, room.state);
      mutate(own, hidden, room.hidden);
      const ids = [...room.players.keys()];
      if (ids.length === 0) return;
      const player = own.pick(ids);
      const eyes = this.eyesOf(player);
      if (own.int(0, 5) === 0) {
        eyes.eye = randomEye(own);
        room.look(player, eyes.eye);
      }
      if (hasGroups && own.int(0, 9) === 0) {
        eyes.groups = randomGroups(own);
        room.setGroups(player, eyes.groups);
      }
    };
    const actByItself = (room: AnyRoom) => act(room, Math.floor(room.random() * 2 ** 32));
    const tickHz = prng.pick([0, 0, 10, 30, 60, 128]);
    this.definition = defineRoom({
      seats: PLAYERS.length,
      tickHz,
      sendHz: prng.pick([1, 5, 20, 60, 128]),
      resumeGraceMs: prng.pick([0, 500, 30_000]),
      state: shape.type,
      hidden: hiddenType,
      actions,
      onCreate: (room: AnyRoom) => {
        this.state = room.state;
        (room.hidden as Record<string, unknown>)["secret"] = SECRET;
        actByItself(room);
      },
      onJoin: actByItself,
      onLeave: (room: AnyRoom, { id }: { id: PlayerId }) => {
        this.#eyes.delete(id);
        actByItself(room);
      },
      onTick: (room: AnyRoom) => {
        if (room.random() < 0.5) actByItself(room);
      },
      on: {
        act: (room: AnyRoom, player: { id: PlayerId }, { seed }: { seed: number }) => {
          act(room, seed);
          if (seed % 100 === 0) room.kick(player.id);
          return {};
        },
      },
    });
  }

  /** Whose eyes were moved where, until the player left. */
  eyesOf(player: string): Eyes {
    let eyes = this.#eyes.get(player);
    if (!eyes) {
      eyes = { self: player, eye: undefined, groups: {} };
      this.#eyes.set(player, eyes);
    }
    return eyes;
  }
}
