import { InputError, type NodeId, parseNodeId } from "@warren/kernel";

/** What the directory says of a room: who owns it, and which code opens it. */
export interface RoomClaim {
  readonly nodeId: NodeId;
  /** Empty: none. */
  readonly joinCode: string;
}

export function encodeRoomClaim(claim: RoomClaim): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(claim));
}

/** Throws InputError on anything that is not a claim. */
export function decodeRoomClaim(bytes: Uint8Array): RoomClaim {
  try {
    const { nodeId, joinCode } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<RoomClaim>;
    return { nodeId: parseNodeId(nodeId), joinCode: typeof joinCode === "string" ? joinCode : "" };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("room claim", "bytes", "JSON");
  }
}
