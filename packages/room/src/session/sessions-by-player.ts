import type { PlayerId } from "@warren/kernel";
import type { Session } from "./session.ts";

/** Sessions of one node by player. Mostly a player has one, which costs no list. */
export class SessionsByPlayer {
  readonly #sessions = new Map<PlayerId, Session | Session[]>();

  of(player: PlayerId): readonly Session[] {
    const known = this.#sessions.get(player);
    if (!known) return NONE;
    return Array.isArray(known) ? known : [known];
  }

  /** Answers whether it is the player's first. */
  add(session: Session): boolean {
    const known = this.of(session.player);
    this.#sessions.set(session.player, known.length === 0 ? session : [...known, session]);
    return known.length === 0;
  }

  /** Answers whether it was the player's last. */
  delete(session: Session): boolean {
    const rest = this.of(session.player).filter((other) => other !== session);
    const [only] = rest;
    if (!only) return this.#sessions.delete(session.player);
    this.#sessions.set(session.player, rest.length === 1 ? only : rest);
    return false;
  }
}

const NONE: readonly Session[] = [];
