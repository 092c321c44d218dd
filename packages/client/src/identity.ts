import type { RestClient } from "./rest-client.ts";

/** Where the SDK keeps who the player is and which room they sit in. `sessionStorage` fits: one player per tab. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const GUEST_KEY = "warren.guest";
const ROOM_KEY = "warren.room.";

/** Who the player is: a token of the studio's, or a guest that is made at the first need and remembered. */
export class Identity {
  readonly #rest: RestClient;
  readonly #storage: KeyValueStorage;
  readonly #getToken: (() => Promise<string> | string) | undefined;
  #guest: Promise<string> | undefined;

  constructor(rest: RestClient, storage: KeyValueStorage, getToken: (() => Promise<string> | string) | undefined) {
    this.#rest = rest;
    this.#storage = storage;
    this.#getToken = getToken;
  }

  async token(): Promise<string> {
    if (this.#getToken) return this.#getToken();
    this.#guest ??= this.#guestToken();
    return this.#guest.catch((error: unknown) => {
      this.#guest = undefined;
      throw error;
    });
  }

  /** The server does not know the guest any more: become a new one. False: it is the studio's token that was refused. */
  forgetGuest(): boolean {
    if (this.#getToken) return false;
    this.#guest = undefined;
    this.#storage.removeItem(GUEST_KEY);
    return true;
  }

  roomOf(name: string): string | undefined {
    return this.#storage.getItem(ROOM_KEY + name) ?? undefined;
  }
  rememberRoom(name: string, roomId: string): void {
    this.#storage.setItem(ROOM_KEY + name, roomId);
  }
  forgetRoom(name: string): void {
    this.#storage.removeItem(ROOM_KEY + name);
  }

  async #guestToken(): Promise<string> {
    const known = this.#storage.getItem(GUEST_KEY);
    if (known) return known;
    const { token } = await this.#rest.json<{ token: string }>({ method: "POST", path: "/v1/guests" });
    this.#storage.setItem(GUEST_KEY, token);
    return token;
  }
}

/** For where there is no storage, such as Node: forgets when the process ends. */
export function memoryStorage(): KeyValueStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** `sessionStorage` where there is one and it may be used. */
export function defaultStorage(): KeyValueStorage {
  try {
    const storage = (globalThis as { sessionStorage?: KeyValueStorage }).sessionStorage;
    storage?.getItem(GUEST_KEY);
    return storage ?? memoryStorage();
  } catch {
    return memoryStorage();
  }
}
