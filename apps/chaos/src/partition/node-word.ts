import { type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import { randomId } from "@warren/kernel";
import { SERVICES_VERSION } from "@warren/protocol";
import {
  type CoordinateRequest,
  type CoordinateResponse,
  Reserve_Mode,
  RoomNodeServiceClient,
} from "@warren/protocol/services";

const ANSWER_MS = 5_000;

/** What a node says of itself, asked as a matchmaker would. */
export interface NodeWord {
  /** Rooms it runs. */
  readonly rooms: ReadonlySet<string>;
  /** Who has a seat in which of them, of the players that were asked for. */
  readonly seats: readonly { readonly roomId: string; readonly playerId: string }[];
}

/** Asks the node at `host:port` for its rooms, and for the seats of these players. Rejects when it does not answer. */
export async function askNode(address: string, players: readonly string[]): Promise<NodeWord> {
  const client = new RoomNodeServiceClient(address, credentials.createInsecure());
  const stream = client.coordinate();
  try {
    return await answerOf(stream, players);
  } catch (error) {
    throw new Error(`${address} did not answer: ${error instanceof Error ? error.message : error}`);
  } finally {
    stream.on("error", () => {});
    stream.cancel();
    client.close();
  }
}

function answerOf(
  stream: ClientDuplexStream<CoordinateRequest, CoordinateResponse>,
  players: readonly string[],
): Promise<NodeWord> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no answer in time")), ANSWER_MS);
    const done = (word: NodeWord) => {
      clearTimeout(timer);
      resolve(word);
    };
    const asked: { roomId: string; playerId: string }[] = [];
    const seats: { roomId: string; playerId: string }[] = [];
    let rooms = new Set<string>();
    let answered = 0;
    stream.on("error", reject);
    stream.on("data", ({ body }: CoordinateResponse) => {
      if (body?.$case === "welcome") {
        rooms = new Set(body.value.rooms.map(({ roomId }) => roomId));
        for (const roomId of rooms) for (const playerId of players) asked.push({ roomId, playerId });
        if (asked.length === 0) return done({ rooms, seats });
        stream.write({ body: { $case: "commands", value: { commands: asked.map(holdOf) } } });
      } else if (body?.$case === "replies") {
        for (const { correlationId, errorCode } of body.value.replies) {
          const seat = asked[correlationId];
          if (errorCode === "" && seat) seats.push(seat);
          answered++;
        }
        if (answered === asked.length) done({ rooms, seats });
      }
    });
    stream.write({
      body: {
        $case: "hello",
        value: { replicaId: randomId("mm"), servicesVersion: SERVICES_VERSION, grpcAddress: "" },
      },
    });
  });
}

/** Only confirms a seat that is there. */
function holdOf({ roomId, playerId }: { roomId: string; playerId: string }, correlationId: number) {
  return {
    correlationId,
    body: {
      $case: "reserve" as const,
      value: {
        roomId,
        mode: Reserve_Mode.HOLD,
        spec: undefined,
        seats: [{ playerId, joinJson: "", team: 0, role: "" }],
        backfillGeneration: 0,
      },
    },
  };
}

/** Compares what nodes say with each other and with the log. Strays: players in rooms that were given up, and live. */
export function judgeNodes(
  words: readonly NodeWord[],
  seatOf: ReadonlyMap<string, string>,
): { roomsTwice: string[]; doubleSeats: string[]; strays: string[] } {
  const copies = new Map<string, number>();
  for (const { rooms } of words) for (const room of rooms) copies.set(room, (copies.get(room) ?? 0) + 1);
  const held = new Map<string, string[]>();
  for (const { seats } of words)
    for (const { roomId, playerId } of seats) held.set(playerId, [...(held.get(playerId) ?? []), roomId]);
  const doubleSeats: string[] = [];
  const strays: string[] = [];
  for (const [player, rooms] of held) {
    const known = seatOf.get(player);
    if (rooms.length > 1) doubleSeats.push(`${player} sits in ${rooms.join(" and ")}; the log says ${known}`);
    else if (known === undefined)
      strays.push(`${player} sits in ${rooms[0]}, of which the log knows nothing`);
    else if (known !== rooms[0]) doubleSeats.push(`${player} sits in ${rooms[0]}; the log says ${known}`);
  }
  return {
    roomsTwice: [...copies].flatMap(([room, count]) => (count > 1 ? [`${count} nodes run ${room}`] : [])),
    doubleSeats,
    strays,
  };
}
