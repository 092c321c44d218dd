/** Largest packet, bytes: half of what a message of the bus may have. One item may be larger than that. */
export const RELAY_PACKET_BYTES_MAX = 512 * 1024;
/** Largest item, bytes: it has to go into a message of the bus. */
export const RELAY_ITEM_BYTES_MAX = 900 * 1024;
/** What an item costs beyond its bytes, in bytes; with it one limit bounds bytes and items. */
export const RELAY_ITEM_OVERHEAD_BYTES = 64;
/** How often every channel is looked at: acknowledgements that are owed, and all the times below. */
export const RELAY_LOOK_MS = 100;
/** Items that are not acknowledged are sent again after this long, and then after twice as long each time. */
export const RELAY_RESEND_MS = 300;
/** At the most. */
export const RELAY_RESEND_MS_MAX = 2_000;
/** Items of a channel that may be on their way, bytes. */
export const RELAY_WINDOW_BYTES_MAX = 4 * 1024 * 1024;
/** Items that wait for one node, bytes; more ends all sessions of the channel. */
export const RELAY_CHANNEL_BYTES_MAX = 64 * 1024 * 1024;
/** Items that wait for one session, bytes; more ends it. */
export const RELAY_SESSION_BYTES_MAX = 4 * 1024 * 1024;
/** A channel with sessions is never quiet for longer. */
export const RELAY_KEEPALIVE_MS = 1_000;
/** A node that was not heard for this long, while NATS was connected, is gone for its sessions. */
export const RELAY_SILENT_MS_MAX = 15_000;
/** The same for a node that has no lease. Not at once: after NATS was away nobody has one for some seconds. */
export const RELAY_LEASELESS_MS_MAX = 5_000;
/** A host that was told nothing for this long, while NATS was connected, forgets the channel. */
export const RELAY_FORGET_MS = 60_000;
/** A guest closes a channel that has had no session for this long. */
export const RELAY_IDLE_MS_MAX = 10_000;
/** How long a HELLO waits for the node that runs the room; then UNAVAILABLE. */
export const RELAY_ADMIT_MS_MAX = 2_500;
/** HELLOs that wait so for one node; more are UNAVAILABLE. Nobody knows yet whether their tokens are worth anything. */
export const RELAY_ADMITS_MAX = 1_000;
/** A snapshot is asked for again after this long. */
export const RELAY_REFRESH_MS = 300;
/** The same for a session whose socket is behind. */
export const RELAY_REFRESH_BEHIND_MS = 1_000;
/** Events that came before a state that was lost came wait for it this long. */
export const RELAY_HOLD_MS_MAX = 1_000;
/** Calls that wait so for one session, or for its WELCOME. */
export const RELAY_HELD_MAX = 1_000;
/**
 * Inputs wait while a packet was sent less than this long ago: many players' go together, a few are not held up. A packet
 * costs three processes more than a hundred inputs do, and rooms look at inputs when they tick.
 */
export const RELAY_INPUT_GAP_MS = 2;
