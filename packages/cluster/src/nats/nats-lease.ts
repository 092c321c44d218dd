import { randomUUID } from "node:crypto";
import type { HeldLease, Lease, LeaseKind } from "../lease.ts";
import { assertKey, assertValue } from "../limits.ts";
import { Bucket } from "./bucket.ts";
import { NatsHeldLease } from "./held-lease.ts";
import { watchLeases } from "./lease-watch.ts";
import type { Link } from "./link.ts";

/** A bucket a kind, whose values the server lets expire. */
export class NatsLease implements Lease {
  readonly #link: Link;
  readonly #buckets: Record<LeaseKind, Bucket>;

  constructor(link: Link) {
    this.#link = link;
    this.#buckets = { decider: new Bucket(link, "decider"), node: new Bucket(link, "node") };
  }

  async acquire(kind: LeaseKind, key: string, value: Uint8Array): Promise<HeldLease | undefined> {
    assertKey(key);
    assertValue(value);
    return NatsHeldLease.acquire(this.#buckets[kind], key, value.slice(), randomUUID());
  }

  watch(
    kind: LeaseKind,
    onChange: (key: string, value: Uint8Array | undefined) => void,
  ): Promise<() => void> {
    return watchLeases(this.#link, this.#buckets[kind], kind, onChange);
  }
}
