import { type ClientDuplexStream, Metadata } from "@grpc/grpc-js";
import type { NodeRecord } from "@warren/cluster";
import type { Clock, ReplicaId, RoomId } from "@warren/kernel";
import { isErrorCode, SERVICES_VERSION, WarrenError } from "@warren/protocol";
import {
  type Command,
  type CoordinateRequest,
  type CoordinateResponse,
  type CreateRoomRequest,
  type CreateRoomResponse,
  type NodeLoad,
  type Release,
  type Reply,
  type Reserve,
  type RoomLifecycle,
  RoomNodeServiceClient,
} from "@warren/protocol/services";
import { fromServiceError, type Logger, type ServiceKeys, UNARY_DEADLINE_MS } from "@warren/service";

/** A command that has no answer by then has failed; the node may still have done it. */
const COMMAND_TIMEOUT_MS = 3_000;
const REDIAL_MS = 250;
/** A node that has not said who it is by then does not answer: a stopped one takes the call and says nothing. */
const DIAL_TIMEOUT_MS = 3_000;
/** A dial that begins this long after the last sign of life tries the network anew; before, gRPC may answer from memory. */
const FRESH_DIAL_MS = 1_500;
/** Commands of one message stay about below this; gRPC refuses messages of 4 MiB, and the stream ends with them. */
const COMMANDS_BYTES_MAX = 1_048_576;

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimeout: () => void;
}

/**
 * The way from this replica to one node: one Coordinate stream, dialled again until `close`. The node is dead when
 * all three say so: its lease is gone, the stream has ended, and a dial begun after both has failed. A lease alone says
 * nothing: it ends when NATS is away.
 *
 *   dialling ──welcome──▶ up ──stream ends──▶ dialling ──failed, without a lease──▶ dead          any ──close──▶ closed
 */
export class NodeLink {
  readonly record: NodeRecord;
  /** The node's secret for seat tokens; undefined while the stream is down. */
  seatSecret: Uint8Array | undefined;
  load: NodeLoad | undefined;
  /** Rooms that run on the node, as it tells. */
  readonly rooms = new Map<RoomId, RoomLifecycle>();
  /** Rooms of players that were asked for here, and that the node has not told of yet. */
  readonly #opening = new Set<RoomId>();
  readonly #replicaId: ReplicaId;
  readonly #grpcAddress: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onChange: () => void;
  readonly #onDead: (expected: boolean) => void;
  readonly #client: RoomNodeServiceClient;
  #stream: ClientDuplexStream<CoordinateRequest, CoordinateResponse> | undefined;
  readonly #pending = new Map<number, Pending>();
  #outgoing: Command[] = [];
  #lastCorrelationId = 0;
  #closed = false;
  #leased = true;
  #wasDraining = false;
  /** Since when there is neither lease nor stream, monotonic ms. */
  #lostSinceMs: number | undefined;
  /** The log has been told that it cannot be reached. */
  #warned = false;
  #cancelRedial: () => void = () => {};
  #cancelDialTimeout: () => void = () => {};

  constructor(options: {
    record: NodeRecord;
    replicaId: ReplicaId;
    /** `host:port` of this replica's MatchmakerService; empty: it takes no results. */
    grpcAddress: string;
    keys: ServiceKeys;
    clock: Clock;
    log: Logger;
    onChange: () => void;
    /** Once, when the node is dead; expected: it had said that it stops. */
    onDead: (expected: boolean) => void;
  }) {
    this.record = options.record;
    this.#replicaId = options.replicaId;
    this.#grpcAddress = options.grpcAddress;
    this.#clock = options.clock;
    this.#log = options.log.child({ nodeId: options.record.nodeId });
    this.#onChange = options.onChange;
    this.#onDead = options.onDead;
    const { credentials, options: channel } = options.keys.client("rooms");
    this.#client = new RoomNodeServiceClient(options.record.grpcAddress, credentials, channel);
    this.#dial();
  }

  get up(): boolean {
    return this.seatSecret !== undefined;
  }

  /** Whether the node's lease is there. */
  set leased(leased: boolean) {
    if (this.#leased === leased) return;
    this.#leased = leased;
    this.#look();
    if (!leased && this.up)
      this.#log.info(
        { event: "node.lease_gone" },
        `the lease of node ${this.record.nodeId} is gone, its stream is not: it lives`,
      );
  }

  /** Notes since when nothing says that the node lives. */
  #look(): void {
    if (this.#leased || this.up) this.#lostSinceMs = undefined;
    else this.#lostSinceMs ??= this.#clock.monotonicMs();
  }

  /** Seats or an error code; rejects with UNAVAILABLE when the node did not answer. */
  reserve(request: Reserve): Promise<Reply> {
    return this.#command({ $case: "reserve", value: request });
  }

  release(request: Release): Promise<Reply> {
    return this.#command({ $case: "release", value: request });
  }

  /** Rooms, and with them seats, that its load does not count yet. */
  get opening(): number {
    let count = 0;
    for (const roomId of this.#opening) if (!this.rooms.has(roomId)) count++;
    return count;
  }

  createRoom(request: CreateRoomRequest): Promise<CreateRoomResponse> {
    const roomId = request.roomId as RoomId;
    this.#opening.add(roomId);
    const answered = new Promise<CreateRoomResponse>((resolve, reject) => {
      this.#client.createRoom(
        request,
        new Metadata(),
        { deadline: Date.now() + UNARY_DEADLINE_MS },
        (error, response) => (error ? reject(fromServiceError(error)) : resolve(response)),
      );
    });
    return answered.finally(() => this.#opening.delete(roomId));
  }

  close(): void {
    this.#closed = true;
    this.#cancelRedial();
    this.#cancelDialTimeout();
    this.#down("the node is gone");
    this.#stream?.cancel();
    this.#client.close();
  }

  #dial(): void {
    const stream = this.#client.coordinate();
    this.#stream = stream;
    const dialledAtMs = this.#clock.monotonicMs();
    let isTooLate = false;
    this.#cancelDialTimeout = this.#clock.after(DIAL_TIMEOUT_MS, () => {
      isTooLate = true;
      stream.cancel();
    });
    stream.on("data", (message: CoordinateResponse) => this.#receive(message));
    const ended = (why: string) => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#cancelDialTimeout();
      const reason = isTooLate ? `no answer in ${DIAL_TIMEOUT_MS} ms` : why;
      if (!this.up && !this.#closed && !this.#warned) {
        this.#warned = true;
        this.#log.warn({ event: "node.unreachable" }, `cannot reach node ${this.record.nodeId}: ${reason}`);
      }
      this.#down(reason);
      if (this.#closed) return;
      if (this.#lostSinceMs !== undefined && dialledAtMs >= this.#lostSinceMs + FRESH_DIAL_MS)
        return this.#onDead(this.#wasDraining);
      this.#cancelRedial = this.#clock.after(REDIAL_MS, () => this.#dial());
    };
    stream.on("error", (error) => ended(error.message));
    stream.on("end", () => ended("the node ended the stream"));
    stream.write({
      body: {
        $case: "hello",
        value: {
          replicaId: this.#replicaId,
          servicesVersion: SERVICES_VERSION,
          grpcAddress: this.#grpcAddress,
        },
      },
    });
  }

  #receive({ body }: CoordinateResponse): void {
    switch (body?.$case) {
      case "welcome":
        if (body.value.nodeId !== this.record.nodeId) {
          // Another node took the address over; the one of this record is gone, and its lease ends soon.
          this.#stream?.cancel();
          return;
        }
        this.#cancelDialTimeout();
        this.#warned = false;
        this.seatSecret = body.value.seatSecret;
        this.#look();
        this.rooms.clear();
        for (const room of body.value.rooms) this.rooms.set(room.roomId as RoomId, room);
        this.#log.info(
          { event: "node.up", build: this.record.build, region: this.record.region },
          `connected to node ${this.record.nodeId}`,
        );
        break;
      case "load":
        this.load = body.value;
        this.#wasDraining = body.value.draining;
        break;
      case "lifecycle":
        if (body.value.ended) this.rooms.delete(body.value.roomId as RoomId);
        else this.rooms.set(body.value.roomId as RoomId, body.value);
        break;
      case "replies":
        for (const reply of body.value.replies) {
          const pending = this.#pending.get(reply.correlationId);
          this.#pending.delete(reply.correlationId);
          pending?.cancelTimeout();
          pending?.resolve(reply);
        }
        return;
    }
    this.#onChange();
  }

  #command(body: NonNullable<Command["body"]>): Promise<Reply> {
    if (!this.up) return Promise.reject(new WarrenError("UNAVAILABLE", "The node cannot be reached."));
    const correlationId = ++this.#lastCorrelationId;
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#clock.after(COMMAND_TIMEOUT_MS, () => {
        this.#pending.delete(correlationId);
        reject(new WarrenError("UNAVAILABLE", "The node did not answer in time."));
      });
      this.#pending.set(correlationId, { resolve, reject, cancelTimeout });
      // All commands of one turn travel together.
      if (this.#outgoing.length === 0) {
        setImmediate(() => {
          const outgoing = this.#outgoing;
          this.#outgoing = [];
          for (const commands of messagesOf(outgoing))
            this.#stream?.write({ body: { $case: "commands", value: { commands } } });
        });
      }
      this.#outgoing.push({ correlationId, body });
    });
  }

  #down(why: string): void {
    if (this.up) this.#log.warn({ event: "node.down" }, `lost node ${this.record.nodeId}: ${why}`);
    this.seatSecret = undefined;
    this.#look();
    this.load = undefined;
    this.rooms.clear();
    for (const pending of this.#pending.values()) {
      pending.cancelTimeout();
      pending.reject(new WarrenError("UNAVAILABLE", "The connection to the node was lost."));
    }
    this.#pending.clear();
    this.#onChange();
  }
}

function* messagesOf(commands: readonly Command[]): Generator<Command[]> {
  let message: Command[] = [];
  let bytes = 0;
  for (const command of commands) {
    const size = bytesOf(command);
    if (bytes + size > COMMANDS_BYTES_MAX && message.length > 0) {
      yield message;
      message = [];
      bytes = 0;
    }
    message.push(command);
    bytes += size;
  }
  yield message;
}

/** About: a character of JSON takes up to three bytes, all else of a seat or a command some hundred. */
function bytesOf({ body }: Command): number {
  if (body?.$case !== "reserve") return 200;
  const { seats, spec } = body.value;
  return (
    seats.reduce((sum, { joinJson }) => sum + 150 + joinJson.length * 3, 500) +
    (spec?.optionsJson.length ?? 0) * 3
  );
}

/** A reply as what it means: the room's epoch, or the error thrown. */
export function epochOf(reply: Reply): number {
  if (reply.errorCode === "") return reply.roomEpoch;
  throw new WarrenError(isErrorCode(reply.errorCode) ? reply.errorCode : "INTERNAL", reply.errorMessage);
}
