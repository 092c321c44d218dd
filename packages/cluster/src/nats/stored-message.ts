import {
  JetStreamApiCodes,
  JetStreamApiError,
  type MsgRequest,
  type NextMsgRequest,
  type StoredMsg,
} from "@nats-io/jetstream";
import type { Link } from "./link.ts";

/** A message as the stream's leader has it, so never an older one, or undefined when there is none. */
export async function storedMessage(
  link: Link,
  stream: string,
  query: MsgRequest | NextMsgRequest,
): Promise<StoredMsg | undefined> {
  try {
    // The client passes any query on, but its type of this method knows only some.
    const found = await link.ask((jsm) => jsm.streams.getMessage(stream, query as MsgRequest), stream);
    return found ?? undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound)
      return undefined;
    throw error;
  }
}
