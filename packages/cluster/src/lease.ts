/** How long leases of a kind live without renewal. Losing a node's can freeze rooms, so it is long; a decider's decides nothing. */
export const LEASE_TTL_MS = { decider: 3_000, node: 15_000 } as const;
export type LeaseKind = keyof typeof LEASE_TTL_MS;

/** A claim that ends by itself when its holder dies. Liveness only: nothing is safe because of a lease. */
export interface Lease {
  /** Takes the lease if nobody holds it. Undefined: somebody does. */
  acquire(kind: LeaseKind, key: string, value: Uint8Array): Promise<HeldLease | undefined>;
  /**
   * Calls `onChange` for every lease of the kind that is held now, then for every change; `value` undefined: gone.
   * Resolves when the present ones have been told. Survives reconnects.
   */
  watch(kind: LeaseKind, onChange: (key: string, value: Uint8Array | undefined) => void): Promise<() => void>;
}

export interface HeldLease {
  /** Keeps it for another time-to-live, with a new value if given. False: it is lost for good; acquire again. Rejects when unreachable. */
  renew(value?: Uint8Array): Promise<boolean>;
  /** Gives it back at once. */
  release(): Promise<void>;
}
