import type { Game } from "@warren/game";
import type { Clock } from "@warren/kernel";
import type { WaitStats } from "@warren/matchmaking";
import type { Logger } from "@warren/service";
import type { Auth } from "../auth.ts";
import type { MatchmakerConfig } from "../config.ts";
import type { LiveCounts } from "../counts/live-counts.ts";
import type { Domain } from "../log/domain.ts";
import type { MatchmakerMetrics } from "../metrics.ts";
import type { PlayerTeller } from "../players/player-teller.ts";
import type { Ratings } from "../results/ratings.ts";
import type { Nodes } from "../rooms/nodes.ts";
import type { PrivateRooms } from "../rooms/private-rooms.ts";
import type { RoomListing } from "../rooms/room-listing.ts";
import type { Lobbies } from "../tickets/lobbies.ts";
import type { StreamSlots } from "../tickets/stream-slots.ts";
import type { StreamTracker } from "../tickets/stream-tracker.ts";
import type { Region } from "../tickets/ticket-request.ts";
import type { Tickets } from "../tickets/tickets.ts";
import type { HttpTls } from "./http-tls.ts";
import type { PageSource } from "./page-routes.ts";

/** What the routes are made of. */
export interface RestOptions {
  readonly config: MatchmakerConfig;
  readonly game: Game;
  readonly domain: Domain;
  readonly nodes: Nodes;
  readonly auth: Auth;
  readonly tickets: Tickets;
  readonly ratings: Ratings;
  readonly lobbies: Lobbies;
  readonly slots: StreamSlots;
  readonly regions: () => readonly Region[];
  readonly counts: LiveCounts;
  readonly waits: WaitStats;
  readonly streams: StreamTracker;
  readonly rooms: PrivateRooms;
  readonly listing: RoomListing;
  readonly teller: PlayerTeller;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MatchmakerMetrics;
  readonly ready: () => boolean;
  /** Undefined: cleartext. */
  readonly tls: HttpTls | undefined;
  readonly page?: PageSource;
}
