import { InputError } from "@warren/kernel";
import type { Type } from "@warren/schema";
import type { AnyRoomDefinition } from "../definition.ts";

/** What a room is opened as. JSON texts come from the matchmaker and are checked here. */
export interface RoomSpec {
  readonly roomName: string;
  readonly optionsJson: string;
  /** Bots take seats until this many are taken, and give way to players; 0: no bots. */
  readonly fillTo: number;
  /** Queue its match was made in; empty: none. */
  readonly queue: string;
  readonly joinCode: string;
  /** Match it is opened for. @default none */
  readonly matchId?: string;
  /** It asks for later tickets of its queue. @default false */
  readonly backfill?: boolean;
  /** In the public listing as long as it has a free seat. @default false */
  readonly listed?: boolean;
  /** Teams, and players of each. @default one team of all seats */
  readonly teams?: number;
  readonly teamSize?: number;
}

export interface SeatSpec {
  readonly playerId: string;
  /** Empty: left out. */
  readonly joinJson: string;
  /** @default the team with the fewest players */
  readonly team?: number | undefined;
  /** @default none */
  readonly role?: string;
}

/** The shape of a room's teams. Throws InputError when they need more seats than there are. */
export function teamsOf(spec: RoomSpec, { seats }: AnyRoomDefinition): { count: number; size: number } {
  const { teams = 0, teamSize = 0 } = spec;
  if (teams === 0) return { count: 1, size: seats };
  if (teamSize > 0 && teams * teamSize <= seats) return { count: teams, size: teamSize };
  throw new InputError("teams", `${teams} of ${teamSize}`, `1 to ${seats} players in all`);
}

/** A JSON text as a value of a type; an empty one is what was left out. */
export function checkedJson<T>(type: Type<T>, text: string, field: string): T {
  if (text === "") return type.check(type.initial() === undefined ? undefined : {}, field);
  try {
    return type.check(JSON.parse(text), field);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InputError(field, text, "valid JSON");
    throw error;
  }
}
