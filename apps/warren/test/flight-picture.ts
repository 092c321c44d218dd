import type { Flight } from "./arena-page.ts";

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 16;
const SHOWN_MS = 4_000;

/** Part of a flight as the player saw it and as the room's states told it, and how much the player's was corrected by each. */
export function flightPicture({ frames, corrections }: Flight, lagMs: number, p95: number): string {
  const startMs = frames[0]?.atMs ?? 0;
  const endMs = frames.at(-1)?.atMs ?? 1;
  const near = busiest(frames);
  const xs = near.flatMap(({ shown, room }) => [shown?.x, room?.x].filter((x) => x !== undefined));
  const [low, high] = [Math.min(...xs), Math.max(...xs)];
  const nearMs = near[0]?.atMs ?? 0;
  const x = (ms: number, spanMs: number) => LEFT + (ms / spanMs) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => 250 - ((value - low) / Math.max(1, high - low)) * 190;
  const line = (of: (frame: Flight["frames"][number]) => number | undefined, colour: string) => {
    let pen = "M";
    const path = near.map((frame) => {
      const value = of(frame);
      if (value === undefined) {
        pen = "M";
        return "";
      }
      const point = `${pen}${x(frame.atMs - nearMs, SHOWN_MS).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
      return point;
    });
    return `<path d="${path.join("")}" fill="none" stroke="${colour}" stroke-width="2"/>`;
  };
  // Of powers of ten: from nothing to a third of the ship.
  const height = (distance: number) => 470 - (Math.log10(Math.max(distance, 0.001)) + 3) * 28;
  const dots = corrections.map((c) => {
    const cx = x(c.atMs - startMs, endMs - startMs).toFixed(1);
    return c.isTeleport
      ? `<path d="M${cx} 340V470" stroke="#8fa3c4" stroke-dasharray="2 4"/>`
      : `<circle cx="${cx}" cy="${height(c.distance).toFixed(1)}" r="1.5" fill="#ffb347" fill-opacity="0.6"/>`;
  });
  const seconds = Math.round((endMs - startMs) / 1_000);
  const text = (left: number, at: number, words: string, more = "") =>
    `<text x="${left}" y="${at}" ${more}>${words}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 510" width="${WIDTH}" height="510" font-family="system-ui, sans-serif" font-size="14" fill="#b9c8e4">
<rect width="${WIDTH}" height="510" fill="#070a14"/>
${text(LEFT, 30, `Own ship, x over ${SHOWN_MS / 1_000} s, ${lagMs} ms from the room`, 'fill="#e8f1ff" font-size="16"')}
<path d="M${LEFT} 56H${WIDTH - RIGHT}M${LEFT} 250H${WIDTH - RIGHT}" stroke="#24365c"/>
${text(8, 62, high.toFixed(0))}${text(8, 254, low.toFixed(0))}
${line(({ room }) => room?.x, "#8fa3c4")}${line(({ shown }) => shown?.x, "#45e0ff")}
<path d="M${WIDTH - 340} 25h24" stroke="#45e0ff" stroke-width="2"/>${text(WIDTH - 308, 30, "predicted and shown")}
<path d="M${WIDTH - 150} 25h24" stroke="#8fa3c4" stroke-width="2"/>${text(WIDTH - 118, 30, "newest state")}
${text(LEFT, 320, `Correction by each of ${corrections.length} states in ${seconds} s, in field units (the ship is 35 long): p95 ${p95.toFixed(2)}`, 'fill="#e8f1ff" font-size="16"')}
${[0.001, 0.01, 0.1, 1, 10].map((d) => `<path d="M${LEFT} ${height(d)}H${WIDTH - RIGHT}" stroke="#24365c"/>${text(LEFT - 8, height(d) + 4, String(d), 'text-anchor="end" font-size="12"')}`).join("")}
${dots.join("")}
${text(LEFT, 495, "0 s")}${text(WIDTH / 2, 495, "gaps: the ship was destroyed", 'text-anchor="middle" font-size="12"')}${text(WIDTH - RIGHT, 495, `${seconds} s`, 'text-anchor="end"')}
</svg>
`;
}

/** The few seconds in which the ship turned back and forth the most. */
function busiest(frames: Flight["frames"]): Flight["frames"] {
  let best: Flight["frames"] = [];
  let most = -1;
  for (let start = 0; start < frames.length; start += 30) {
    const fromMs = frames[start]!.atMs;
    const part = frames.slice(start).filter(({ atMs }) => atMs < fromMs + SHOWN_MS);
    const isWhole = part.at(-1)!.atMs > fromMs + SHOWN_MS - 100 && part.every(({ shown }) => shown);
    let way = 0;
    for (let i = 1; i < part.length; i++)
      way += Math.abs((part[i]?.shown?.x ?? 0) - (part[i - 1]?.shown?.x ?? 0));
    if (isWhole && way > most) [best, most] = [part, way];
  }
  return best.length > 0 ? best : frames.slice(0, SHOWN_MS / 16);
}
