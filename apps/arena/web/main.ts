import { WarrenError } from "@warren/client";
import { runAttract } from "./attract.ts";
import {
  codeToWatch,
  type FindStatus,
  findMatch,
  joinRoom,
  type Match,
  openRoom,
  warren,
  watchMatch,
} from "./find.ts";
import { element, setText } from "./hud.ts";
import { Controls } from "./keys.ts";
import { playMatch } from "./match.ts";
import { type OwnShip, ownShipOf } from "./own-ship.ts";
import { Sound } from "./sound.ts";

const NAME_KEY = "arena.name";
const REJOIN_PATIENCE_MS = 1_500;
const controls = new Controls(element("stick"), element("fire"));
const sound = new Sound();
const nameField = element<HTMLInputElement>("name");
const codeField = element<HTMLInputElement>("code");

let current: Match | undefined;
let me: OwnShip | undefined;
let searching: AbortController | undefined;
let stopAttract = new AbortController();
/** What Retry does. */
let lastTry: (signal: AbortSignal) => Promise<Match> = find;

// For end-to-end tests and the curious: `arena.room` is the room being played, `arena.me` the own ship, or undefined. Read-only.
Object.defineProperty(window, "arena", {
  value: Object.freeze({
    get room() {
      return current;
    },
    get me() {
      return me;
    },
  }),
});

// --- start card → matching → match, and back ---

function show(screen: "start" | "matching" | "match"): void {
  document.body.dataset["screen"] = isOutdated ? "outdated" : screen;
}

/** The server was deployed anew, and this page cannot follow: only a reload helps. The seat is kept meanwhile. */
const OUTDATED: ReadonlySet<string> = new Set(["WIRE_INCOMPATIBLE", "PROTOCOL_VERSION_UNSUPPORTED"]);
let isOutdated = false;

/** Whether the error says that the page is outdated; then from now on nothing else is shown. */
function foundOutdated(error: unknown): boolean {
  if (!(error instanceof WarrenError && OUTDATED.has(error.code))) return false;
  isOutdated = true;
  document.title = "Reload · Arena";
  setText("lacking", error.message.replace(/; reload the page$/, ""));
  show("start");
  element("reload").focus();
  return true;
}

async function enter(how: (signal: AbortSignal) => Promise<Match>, retry = how): Promise<void> {
  if (searching || current) return;
  searching = new AbortController();
  const { signal } = searching;
  lastTry = retry;
  showError(undefined);
  setText("status", "Connecting…");
  show("matching");
  element("cancel").focus();
  try {
    const room = await how(signal);
    // Someone who cancels at the last moment must not be left in a match.
    if (signal.aborted) await room.leave();
    else await play(room);
  } catch (error) {
    if (!foundOutdated(error) && !signal.aborted) showError(WarrenError.from(error).message);
  } finally {
    searching = undefined;
    backToStart();
  }
}

async function play(room: Match): Promise<void> {
  stopAttract.abort();
  current = room;
  setText("status", "");
  show("match");
  (document.activeElement as HTMLElement | null)?.blur();
  me = ownShipOf(room);
  room.onStatus((_status, why) => foundOutdated(why));
  const why = await playMatch(room, me, controls, sound);
  current = me = undefined;
  if (why) showError(why);
}

function backToStart(): void {
  setText("status", "");
  show("start");
  if (!isOutdated) {
    document.title = "Arena";
    element("play").focus();
  }
  stopAttract.abort();
  stopAttract = new AbortController();
  runAttract(element<HTMLCanvasElement>("game"), stopAttract.signal);
}

function showError(why: string | undefined): void {
  element("error").hidden = why === undefined;
  setText("why", why ?? "");
}

// --- ways in ---

async function find(signal: AbortSignal): Promise<Match> {
  const startedMs = performance.now();
  let status: FindStatus["status"] = "connecting";
  const tellStatus = () => {
    const seconds = Math.floor((performance.now() - startedMs) / 1000);
    const text = {
      connecting: "Connecting…",
      queued: `Looking for players… ${seconds} s`,
      proposed: "Found! Waiting for everybody…",
      placing: "Found! Opening the field…",
      assigned: "Found! Joining…",
    }[status];
    setText("status", text);
    document.title = `${text} · Arena`;
  };
  const telling = setInterval(tellStatus, 250);
  try {
    return await findMatch(playerName(), signal, (now) => {
      status = now.status;
      tellStatus();
    });
  } finally {
    clearInterval(telling);
  }
}

function playerName(): string {
  const name = nameField.value.trim();
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // Storage may be forbidden: then the name is asked for again next time.
  }
  return name;
}

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  void enter(find);
});
element("open").addEventListener("click", () => void enter(() => openRoom(playerName())));
element("join").addEventListener("click", () => {
  const code = codeField.value.trim().toUpperCase();
  void enter(() => joinRoom(code, playerName()));
});
element("watch").addEventListener("click", () => {
  const code = codeField.value.trim().toUpperCase();
  void enter(() => watchMatch(code));
});
codeField.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  element("join").click();
});
element("retry").addEventListener("click", () => void enter(lastTry));
element("cancel").addEventListener("click", () => {
  searching?.abort();
});
element("reload").addEventListener("click", () => location.reload());

// --- at load ---

for (const type of ["keydown", "pointerdown"]) addEventListener(type, () => sound.unlock(), { once: true });

try {
  nameField.value = localStorage.getItem(NAME_KEY) ?? "";
} catch {
  // As above.
}
runAttract(element<HTMLCanvasElement>("game"), stopAttract.signal);
if (codeToWatch) await enter(() => watchMatch(codeToWatch));
else {
  // After a reload the player may still sit in the match: go on there, without a glimpse of the start card.
  const patience = setTimeout(() => show("start"), REJOIN_PATIENCE_MS);
  const again = await warren.rejoin("arena").catch((error: unknown) => void foundOutdated(error));
  clearTimeout(patience);
  if (again && !searching) await enter(() => Promise.resolve(again), find);
  else if (!searching && !current) show("start");
}
