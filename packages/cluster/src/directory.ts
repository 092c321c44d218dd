/**
 * What a directory entry is about: who owns a room; which room a join code opens; how good a player is; on which nodes a
 * player has sessions (such an entry goes by itself, some hours after it was written).
 */
export type DirectoryKind = "own" | "code" | "rating" | "presence";

/** How long an entry of `presence` lives unless it is written again: what a node that died left behind is gone then. */
export const PRESENCE_TTL_MS = 4 * 3_600_000;

export interface DirectoryEntry {
  /** Rises with every write of any key of the kind and never repeats, even after a delete. For `own` it is the epoch. */
  readonly revision: number;
  readonly value: Uint8Array;
}

/** Keys with compare-and-set. Of several racing writers exactly one wins. */
export interface Directory {
  /**
   * Writes `value` if the key's revision is `replaces` (undefined: the key does not exist).
   * Answers the new revision, or undefined when somebody else was first.
   */
  claim(kind: DirectoryKind, key: string, value: Uint8Array, replaces?: number): Promise<number | undefined>;
  /** The entry as the last writer left it, never an older one. */
  get(kind: DirectoryKind, key: string): Promise<DirectoryEntry | undefined>;
  /** Deletes the key if its revision is `revision`. Answers whether it was. */
  remove(kind: DirectoryKind, key: string, revision: number): Promise<boolean>;
}
