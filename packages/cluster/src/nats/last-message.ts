import { JetStreamApiCodes, JetStreamApiError, type StoredMsg } from "@nats-io/jetstream";
import type { Link } from "./link.ts";

/** The last message of a subject or filter as the stream's leader has it, so never an older one. */
export async function lastMessage(link: Link, stream: string, filter: string): Promise<StoredMsg | undefined> {
  try {
    return (await link.jsm.streams.getMessage(stream, { last_by_subj: filter })) ?? undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound) return undefined;
    throw error;
  }
}
