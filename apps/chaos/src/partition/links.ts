/** What is cut between which parts; see {@link Links.cut}. */
export const CUT_KINDS = [
  "node-nats",
  "replica-nats",
  "host-nats",
  "node-replicas",
  "host",
  "to-nats",
  "from-nats",
  "lossy",
] as const;
export type CutKind = (typeof CUT_KINDS)[number];

export const CUT_TEXT: Record<CutKind, string> = {
  "node-nats": "the room-server cannot reach NATS",
  "replica-nats": "the matchmaker cannot reach NATS",
  "host-nats": "neither room-server nor matchmaker can reach NATS",
  "node-replicas": "no matchmaker can reach the room-server",
  host: "room-server and matchmaker reach each other, and players them; nothing else",
  "to-nats": "what the room-server says to NATS is lost",
  "from-nats": "what NATS says to the room-server is lost",
  lossy: "half of what the room-server says to NATS and to matchmakers is lost",
};

/** The network between NATS, two hosts with a matchmaker and a room-server each, and the players. */
export interface Links {
  /** Cuts something of one of the two hosts, 0 or 1, until {@link heal}. */
  cut(kind: CutKind, host: number): Promise<void>;
  heal(): Promise<void>;
  close(): Promise<void>;
}
