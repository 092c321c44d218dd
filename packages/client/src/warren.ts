import { randomId } from "@warren/kernel";
import { ERRORS, WarrenError } from "@warren/protocol/session";
import type { RoomWireSchema } from "@warren/schema";
import { ClientRoom } from "./client-room.ts";
import { Contract } from "./contract.ts";
import { readEvents } from "./event-stream.ts";
import { defaultStorage, Identity, type KeyValueStorage } from "./identity.ts";
import { pause, RestClient, type RestRequest } from "./rest-client.ts";
import type { GameShape, JoinOption, OneOrMore, QueueNames, RoomNames, RoomOptions } from "./types.ts";
import { type OpenWebSocket, openWebSocket } from "./web-socket.ts";

export interface WarrenOptions<G extends GameShape = GameShape> {
  /** The studio's player token; asked for before every request. Without it the player is a guest. */
  readonly token?: () => Promise<string> | string;
  /** Where guest and room are remembered. @default sessionStorage, or memory where there is none */
  readonly storage?: KeyValueStorage;
  /** How a room's WebSocket is opened, as by `withLag`. @default the platform's own */
  readonly webSocket?: OpenWebSocket;
  /**
   * How far the regions are, in round-trip ms by region: `pingRegions`, for queues that care. Asked before every
   * ticket, with the URL of a matchmaker. @default nothing is measured
   */
  readonly regions?: (url: string) => Promise<Readonly<Record<string, number>>>;
  /**
   * What the page was built for, by the name of the room: `wireSchemaOf` of the parts of its definition. A room that
   * lacks any of it is refused with WIRE_INCOMPATIBLE. @default the schema of the first room of that name
   */
  readonly contracts?: { readonly [R in RoomNames<G>]?: RoomWireSchema };
}

/** How long tickets like this one waited in all, ms: half of them, and nine in ten, not longer. */
export interface Eta {
  readonly p50Ms: number;
  readonly p90Ms: number;
}

/** What a ticket is doing. */
export type PlayStatus = {
  /** Since `play` was called, ms. */
  readonly waitedMs: number;
  /** Null: too few were matched to say. */
  readonly eta: Eta | null;
} & (
  | { readonly status: "connecting" | "queued" | "placing" | "assigned" }
  | {
      /** There is a match; all its players have to accept it. */
      readonly status: "proposed";
      /** How long there is to accept, ms. */
      readonly acceptByMs: number;
      readonly players: number;
      accept(): Promise<void>;
      /** Ends `play` with TICKET_FINAL, and the player may not queue for a while. */
      decline(): Promise<void>;
    }
);

/** What the player is matched by: numbers, words, and sets of words, as the queues declare them. */
export type PlayAttributes = Readonly<Record<string, number | string | readonly string[]>>;

type Tell = (event: string, data: Readonly<Record<string, unknown>>) => void;

interface SaidEvent {
  readonly event: string;
  readonly said: Readonly<Record<string, unknown>>;
}

export interface Seat {
  readonly roomId: string;
  readonly url: string;
  readonly seatToken: string;
}

/** What says for sure that there is no seat to go back to. */
const SEAT_GONE: ReadonlySet<string> = new Set([
  "ROOM_NOT_FOUND",
  "SEAT_NOT_FOUND",
  "ROOM_ENDED",
  "ROOM_FAILED",
]);
/** What ends the connection and leaves the player the seat: for a newer connection, or for this page once it is reloaded. */
const SEAT_KEPT: ReadonlySet<string> = new Set([
  "SESSION_SUPERSEDED",
  "WIRE_INCOMPATIBLE",
  "PROTOCOL_VERSION_UNSUPPORTED",
]);
/** What a ticket's events mean to who waits; cancelled, expired and error end it, others say nothing new. */
const STATUS_OF: Readonly<Record<string, PlayStatus["status"]>> = {
  queued: "queued",
  searching: "queued",
  returned: "queued",
  proposed: "proposed",
  placing: "placing",
  assigned: "assigned",
};
/** Seats asked for, one after the other, when their servers say that another is needed. */
const SEAT_TRIES_MAX = 4;
const SEAT_PAUSE_MS = 500;
const STREAM_TRIES_MAX = 20;
const STREAM_PAUSE_MS = 250;

/** What lobbies and the listing are made of: they are imported apart, and not downloaded by who does without. */
interface Parts<G extends GameShape> {
  json<T>(request: RestRequest): Promise<T>;
  latencies(): Promise<Readonly<Record<string, number>> | undefined>;
  events(path: string, signal: AbortSignal | undefined): AsyncGenerator<SaidEvent>;
  /** The room a ticket leads into. */
  room<R extends RoomNames<G>>(
    name: R,
    ticketId: string,
    onStatus: (status: PlayStatus) => void,
    signal: AbortSignal | undefined,
  ): Promise<ClientRoom<G, R>>;
  connect<R extends RoomNames<G>>(name: R, seat: Seat): Promise<ClientRoom<G, R>>;
  /** Without remembering the room; `again` brings a fresh token, also the first. */
  open<R extends RoomNames<G>>(name: R, again: () => Promise<Seat>): Promise<ClientRoom<G, R>>;
}

/** @internal */
export let partsOf: <G extends GameShape>(warren: Warren<G>) => Parts<G>;

/** The way into a game: finds or opens rooms and connects to them. `url` may be several matchmakers; any will do. */
export class Warren<G extends GameShape = GameShape> {
  readonly #rest: RestClient;
  readonly #identity: Identity;
  readonly #regions: WarrenOptions["regions"];
  readonly #openWebSocket: OpenWebSocket;
  readonly #contracts: Map<string, Contract>;

  constructor(url: string | readonly string[], options: WarrenOptions<G> = {}) {
    const contracts = Object.entries<RoomWireSchema | undefined>(options.contracts ?? {});
    this.#contracts = new Map(contracts.map(([name, schema]) => [name, new Contract(schema)]));
    this.#rest = new RestClient(typeof url === "string" ? [url] : url);
    this.#identity = new Identity(this.#rest, options.storage ?? defaultStorage(), options.token);
    this.#openWebSocket = options.webSocket ?? openWebSocket;
    this.#regions = options.regions;
  }

  /** The room the player still sits in, if there is one; else queues, waits for a match and joins it. */
  async play<R extends RoomNames<G>>(
    room: R,
    options: {
      /** What the player is matched by, unless the studio's token or backend has to say it. @default nothing */
      readonly attributes?: PlayAttributes;
      /** An open ticket of the player's ends instead of being in the way, or being waited for. @default false */
      readonly replace?: boolean;
      readonly onStatus?: (status: PlayStatus) => void;
      readonly signal?: AbortSignal;
    } & OneOrMore<QueueNames<G, R>> &
      JoinOption<G, R>,
  ): Promise<ClientRoom<G, R>> {
    const tell = this.#teller(options.onStatus);
    tell("connecting", {});
    const held = await this.rejoin(room);
    if (held) return held;
    // Posted whatever the signal says: a ticket whose id is not known could not be cancelled.
    const ticketId = await this.#postTicket(options);
    try {
      options.signal?.throwIfAborted();
      const seat = await this.#awaitSeat(ticketId, tell, options.signal);
      return await this.#connect(room, seat);
    } catch (error) {
      if (options.signal?.aborted) await this.#cancel(ticketId);
      throw error;
    }
  }

  /**
   * The room of this kind the player still has a seat in, as after a reload; undefined: none.
   * Rejects when nobody could say so; the room stays remembered.
   */
  async rejoin<R extends RoomNames<G>>(room: R): Promise<ClientRoom<G, R> | undefined> {
    const roomId = this.#identity.roomOf(room);
    if (roomId === undefined) return undefined;
    try {
      return await this.#connect(room, await this.#seatIn(roomId));
    } catch (error) {
      if (!(error instanceof WarrenError) || !SEAT_GONE.has(error.code)) throw error;
      this.#identity.forgetRoom(room);
      return undefined;
    }
  }

  /** Opens a room of the player's own; `joinCode` of the result lets others in. */
  async createRoom<R extends RoomNames<G>>(
    room: R,
    options: {
      /** Anyone may find and join it, by `listRooms` and `joinRoom`. @default false */
      readonly listed?: boolean;
    } & RoomOptions<G, R> &
      JoinOption<G, R>,
  ): Promise<ClientRoom<G, R>> {
    const seat = await this.#json<Seat>({
      method: "POST",
      path: "/v1/rooms",
      headers: { "idempotency-key": newIdempotencyKey() },
      body: { room, listed: options.listed, ...optionsOf(options), ...joinOf(options) },
    });
    return this.#connect(room, seat);
  }

  /** Joins the room a code opens. Rejects with ROOM_NOT_FOUND or ROOM_FULL. */
  async joinByCode<R extends RoomNames<G>>(
    room: R,
    joinCode: string,
    options: JoinOption<G, R>,
  ): Promise<ClientRoom<G, R>> {
    const seat = await this.#json<Seat>({
      method: "POST",
      path: "/v1/rooms/join",
      body: { joinCode, ...joinOf(options) },
    });
    return this.#connect(room, seat);
  }

  /** What a ticket's events are to `onStatus`, from now on. */
  #teller(onStatus: ((status: PlayStatus) => void) | undefined): Tell {
    const startedAtMs = performance.now();
    let eta: Eta | null = null;
    return (event, data) => {
      if (data["eta"] !== undefined) eta = data["eta"] as Eta | null;
      const vote = (verb: string) => async () => {
        await this.#json({ method: "POST", path: `/v1/matches/${data["matchId"]}/${verb}` });
      };
      onStatus?.({
        status: STATUS_OF[event] ?? event,
        waitedMs: performance.now() - startedAtMs,
        eta,
        ...(event === "proposed" && {
          acceptByMs: data["acceptByMs"],
          players: data["players"],
          accept: vote("accept"),
          decline: vote("decline"),
        }),
      } as PlayStatus);
    };
  }

  /** A fresh token for a seat the player holds. */
  #seatIn(roomId: string): Promise<Seat> {
    return this.#json<Seat>({ method: "POST", path: `/v1/players/me/seats/${roomId}` });
  }

  async #connect<R extends RoomNames<G>>(name: R, seat: Seat): Promise<ClientRoom<G, R>> {
    const room = await this.#open<R>(name, () => this.#seatIn(seat.roomId), seat).catch((error: unknown) => {
      if (keepsSeat(error)) this.#identity.rememberRoom(name, seat.roomId);
      throw error;
    });
    this.#identity.rememberRoom(name, room.id);
    room.onStatus((status, why) => {
      const isOver = status === "ended" && !keepsSeat(why);
      if (isOver && this.#identity.roomOf(name) === room.id) this.#identity.forgetRoom(name);
    });
    return room;
  }

  async #open<R extends RoomNames<G>>(name: R, again: () => Promise<Seat>, seat?: Seat) {
    const toAddress = ({ url, seatToken }: Seat) => ({ url: socketUrl(url, this.#rest.url), seatToken });
    const reseat = async () => toAddress(await again());
    let address = seat && toAddress(seat);
    for (let triesLeft = SEAT_TRIES_MAX; ; address = undefined) {
      address ??= await reseat();
      try {
        return await ClientRoom.connect<G, R>(address, reseat, this.#contract(name), this.#openWebSocket);
      } catch (error) {
        // As a room that moved while its seat was on the way to the player.
        if (!(error instanceof WarrenError) || ERRORS[error.code].retry !== "reseat" || --triesLeft === 0)
          throw error;
      }
      await pause(SEAT_PAUSE_MS);
    }
  }

  #contract(name: string): Contract {
    const contract = this.#contracts.get(name) ?? new Contract();
    this.#contracts.set(name, contract);
    return contract;
  }

  /** With the player's token. A guest the server does not know any more becomes a new one, once. */
  async #json<T>(request: RestRequest): Promise<T> {
    try {
      return await this.#rest.json<T>({ ...request, token: await this.#identity.token() });
    } catch (error) {
      if (!(error instanceof WarrenError && error.code === "UNAUTHENTICATED" && this.#identity.forgetGuest()))
        throw error;
      return this.#rest.json<T>({ ...request, token: await this.#identity.token() });
    }
  }

  async #postTicket(options: {
    queue?: string | undefined;
    queues?: readonly string[] | undefined;
    attributes?: PlayAttributes;
    replace?: boolean;
  }): Promise<string> {
    const { queue, queues = [queue], attributes, replace } = options;
    const latencies = await this.#regions?.(this.#rest.url);
    const post = () =>
      this.#json<{ ticketId: string }>({
        method: "POST",
        path: "/v1/tickets",
        headers: { "idempotency-key": newIdempotencyKey() },
        body: { queues, attributes, latencies, replace, ...joinOf(options) },
      });
    try {
      return (await post()).ticketId;
    } catch (error) {
      // A ticket from before a reload: it asked for the same, or it is in the way.
      if (!(error instanceof WarrenError) || error.code !== "TICKET_EXISTS" || !error.details["ticketId"])
        throw error;
      const ticketId = String(error.details["ticketId"]);
      if (String(error.details["queues"]) === String(queues)) return ticketId;
      await this.#cancel(ticketId);
      return (await post()).ticketId;
    }
  }

  async #cancel(ticketId: string): Promise<void> {
    await this.#json({ method: "DELETE", path: `/v1/tickets/${ticketId}` }).catch(() => {});
  }

  /** Follows the ticket's events until it is assigned. */
  async #awaitSeat(ticketId: string, tell: Tell, signal: AbortSignal | undefined): Promise<Seat> {
    for await (const { event, said } of this.#events(`/v1/tickets/${ticketId}/events`, signal)) {
      if (event in STATUS_OF) tell(event, said);
      if (event === "assigned") return said as unknown as Seat;
      if (event === "cancelled" || event === "expired" || event === "error")
        throw new WarrenError(
          event === "error" ? "ROOM_NOT_FOUND" : "TICKET_FINAL",
          `the ticket ended: ${event} (${said["cause"] ?? said["detail"]})`,
          { details: { status: event, cause: String(said["cause"] ?? said["code"]) } },
        );
    }
    throw new WarrenError("INTERNAL");
  }

  /** Events of something, from whichever matchmaker answers, for ever. */
  async *#events(path: string, signal: AbortSignal | undefined): AsyncGenerator<SaidEvent> {
    let lastEventId = "";
    for (let attempt = 1; ; attempt++) {
      try {
        const stream = await this.#rest.stream({
          method: "GET",
          path,
          token: await this.#identity.token(),
          ...(lastEventId === "" ? {} : { headers: { "last-event-id": lastEventId } }),
          signal,
        });
        for await (const { id, event, data } of readEvents(stream)) {
          if (id !== undefined) lastEventId = id;
          attempt = 1;
          yield { event, said: JSON.parse(data) };
        }
      } catch (error) {
        signal?.throwIfAborted();
        const final =
          error instanceof WarrenError && error.code !== "UNAVAILABLE" && error.code !== "RATE_LIMITED";
        if (final) throw error;
        if (attempt >= STREAM_TRIES_MAX)
          throw new WarrenError("UNAVAILABLE", "no matchmaker can be reached", { cause: error });
      }
      this.#rest.next();
      await pause(STREAM_PAUSE_MS);
    }
  }

  static {
    partsOf = (warren) => ({
      json: (request) => warren.#json(request),
      latencies: async () => warren.#regions?.(warren.#rest.url),
      events: (path, signal) => warren.#events(path, signal),
      room: async (name, ticketId, onStatus, signal) =>
        warren.#connect(name, await warren.#awaitSeat(ticketId, warren.#teller(onStatus), signal)),
      connect: (name, seat) => warren.#connect(name, seat),
      open: (name, again) => warren.#open(name, again),
    });
  }
}

function keepsSeat(error: unknown): boolean {
  return error instanceof WarrenError && SEAT_KEPT.has(error.code);
}

/** @internal */
export function joinOf(options: object): { join?: unknown } {
  return "join" in options && options.join !== undefined ? { join: options.join } : {};
}

function optionsOf(options: object): { options?: unknown } {
  return "options" in options && options.options !== undefined ? { options: options.options } : {};
}

/** Not `crypto.randomUUID`: browsers have that only on https and localhost. */
export function newIdempotencyKey(): string {
  return randomId("j");
}

/** `:8081` is a port on the host that answered REST; a URL is taken as it is. */
export function socketUrl(url: string, restUrl: string): string {
  if (!url.startsWith(":")) return url;
  const { protocol, hostname } = new URL(restUrl);
  return `${protocol === "https:" ? "wss" : "ws"}://${hostname}${url}`;
}
