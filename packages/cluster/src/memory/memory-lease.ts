import type { Clock } from "@warren/kernel";
import { type HeldLease, LEASE_TTL_MS, type Lease, type LeaseKind } from "../lease.ts";
import { assertKey, assertValue } from "../limits.ts";
import { sameBytes } from "../same-bytes.ts";

type OnChange = Parameters<Lease["watch"]>[1];
interface Held {
  value: Uint8Array;
  cancelExpiry: () => void;
}

/** Leases in one process; they expire by the clock. Watchers are told after the turn that changed something. */
export class MemoryLease implements Lease {
  readonly #clock: Clock;
  readonly #held: Record<LeaseKind, Map<string, Held>> = { decider: new Map(), node: new Map() };
  readonly #watchers: Record<LeaseKind, Set<OnChange>> = { decider: new Set(), node: new Set() };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async acquire(kind: LeaseKind, key: string, value: Uint8Array): Promise<HeldLease | undefined> {
    assertKey(key);
    assertValue(value);
    const held = this.#held[kind];
    if (held.has(key)) return undefined;
    const mine: Held = { value: value.slice(), cancelExpiry: () => undefined };
    held.set(key, mine);
    this.#expireLater(kind, key, mine);
    this.#tell(kind, key, mine.value);
    return {
      renew: async (next?: Uint8Array) => {
        if (next) assertValue(next);
        if (held.get(key) !== mine) return false;
        mine.cancelExpiry();
        this.#expireLater(kind, key, mine);
        if (next && !sameBytes(next, mine.value)) {
          mine.value = next.slice();
          this.#tell(kind, key, mine.value);
        }
        return true;
      },
      release: async () => this.#end(kind, key, mine),
    };
  }

  async watch(kind: LeaseKind, onChange: OnChange): Promise<() => void> {
    // One more function object, so that two watches with one callback are two.
    const watcher: OnChange = (key, value) => onChange(key, value);
    for (const [key, { value }] of this.#held[kind]) watcher(key, value);
    this.#watchers[kind].add(watcher);
    return () => this.#watchers[kind].delete(watcher);
  }

  close(): void {
    for (const kind of ["decider", "node"] as const) {
      for (const { cancelExpiry } of this.#held[kind].values()) cancelExpiry();
      this.#held[kind].clear();
      this.#watchers[kind].clear();
    }
  }

  #expireLater(kind: LeaseKind, key: string, held: Held): void {
    held.cancelExpiry = this.#clock.after(LEASE_TTL_MS[kind], () => this.#end(kind, key, held));
  }

  #end(kind: LeaseKind, key: string, held: Held): void {
    if (this.#held[kind].get(key) !== held) return;
    held.cancelExpiry();
    this.#held[kind].delete(key);
    this.#tell(kind, key, undefined);
  }

  #tell(kind: LeaseKind, key: string, value: Uint8Array | undefined): void {
    for (const watcher of [...this.#watchers[kind]]) {
      queueMicrotask(() => {
        if (this.#watchers[kind].has(watcher)) watcher(key, value);
      });
    }
  }
}
