import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
} from "@nats-io/jetstream";
import type { OnEvent } from "../event.ts";
import { type Replicas, streamConfigs, type WantedStream } from "./streams.ts";

/** Of a stream that somebody else made between our look and our try. */
const STREAM_NAME_IN_USE = 10_058;

/**
 * Creates every stream of the table that is missing and verifies the others. What only grows (`max_bytes`,
 * replicas) is raised to the wanted; any other difference rejects, since the stream then does not keep our rules.
 * `replicas` undefined: 1 for new streams, and whatever the others have. Resolves to the copies the least kept has.
 */
export async function ensureStreams(
  jsm: JetStreamManager,
  cluster: string,
  replicas: Replicas | undefined,
  onEvent: OnEvent,
): Promise<number> {
  let copies: number = replicas ?? Number.POSITIVE_INFINITY;
  for (const wanted of streamConfigs(cluster, replicas ?? 1)) {
    const found = (await existing(jsm, wanted.name)) ?? (await created(jsm, wanted, onEvent));
    if (!found) {
      copies = Math.min(copies, wanted.num_replicas);
      continue;
    }
    const wrong = differences(found, wanted);
    if (wrong.length > 0)
      throw new Error(`stream ${wanted.name} is not as Warren needs it: ${wrong.join("; ")}`);
    const grown = {
      max_bytes: Math.max(found.max_bytes, wanted.max_bytes),
      num_replicas: Math.max(found.num_replicas, replicas ?? found.num_replicas),
    };
    copies = Math.min(copies, grown.num_replicas);
    if (grown.max_bytes !== found.max_bytes || grown.num_replicas !== found.num_replicas) {
      await jsm.streams.update(wanted.name, grown);
      onEvent("stream raised", { stream: wanted.name, ...grown });
    }
  }
  return copies;
}

async function existing(jsm: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await jsm.streams.info(name)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}

/** The stream of somebody who was faster, or undefined when it is ours and needs no check. */
async function created(
  jsm: JetStreamManager,
  wanted: WantedStream,
  onEvent: OnEvent,
): Promise<StreamConfig | undefined> {
  try {
    await jsm.streams.add(wanted);
    onEvent("stream created", { stream: wanted.name, replicas: wanted.num_replicas });
    return undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NAME_IN_USE)
      return existing(jsm, wanted.name);
    throw error;
  }
}

/** The table's fields that a stream has otherwise. The server leaves out what is false. */
export function differences(found: Partial<StreamConfig>, wanted: WantedStream): string[] {
  const { max_bytes: _, num_replicas: __, ...exact } = wanted;
  return Object.entries(exact).flatMap(([field, value]) => {
    const got = JSON.stringify(found[field as keyof StreamConfig] ?? false);
    const want = JSON.stringify(value);
    return got === want ? [] : [`${field} is ${got}, not ${want}`];
  });
}
