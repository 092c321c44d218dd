import type { ShipRow } from "../src/schema.ts";
import { colourOf } from "./palette.ts";

type Ships = ReadonlyMap<string, Readonly<ShipRow>>;

const FEED_LINES_MAX = 5;
const FEED_LINE_MS = 5_000;

export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found as E;
}

/** Sets text that is looked at every frame and changes once a second. */
export function setText(id: string, text: string): void {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}

export function ranking(ships: Ships): [id: string, ship: Readonly<ShipRow>][] {
  return [...ships].sort(([, a], [, b]) => b.score - a.score || a.slot - b.slot);
}

/** Fills a list with the ships, the best first; only when something in it has changed. */
export function showScores(listId: string, ships: Ships, ownId: string): void {
  const list = element(listId);
  const rows = ranking(ships);
  const shown = JSON.stringify(rows.map(([id, ship]) => [id, ship.name, ship.score]));
  if (list.dataset["shown"] === shown) return;
  list.dataset["shown"] = shown;
  list.replaceChildren(
    ...rows.map(([id, ship]) => {
      const row = document.createElement("li");
      row.className = `${id === ownId ? "own" : ""} ${ship.isBot ? "bot" : ""}`;
      row.style.setProperty("--colour", colourOf(ship.slot));
      row.append(span("name", ship.name), span("score", String(ship.score)));
      return row;
    }),
  );
}

/** Adds a line to what happened; names are bold in their ship's colour. */
export function tell(...parts: (string | Readonly<ShipRow> | undefined)[]): void {
  const line = document.createElement("li");
  for (const part of parts) {
    if (typeof part === "object") {
      const name = document.createElement("b");
      name.textContent = part.name;
      name.style.setProperty("--colour", colourOf(part.slot));
      line.append(name);
    } else line.append(part ?? "someone");
  }
  const feed = element("feed");
  feed.append(line);
  while (feed.children.length > FEED_LINES_MAX) feed.firstElementChild?.remove();
  setTimeout(() => line.remove(), FEED_LINE_MS);
}

export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function span(className: string, text: string): HTMLElement {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}
