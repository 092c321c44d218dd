import { Prng } from "@warren/kernel";
import { seeds, VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import type { WebSocketLike } from "../web-socket.ts";
import { type Lag, withLag } from "./network-simulator.ts";

/** A socket whose other end says what it gets back at once, like a wire without length. */
class Wire implements WebSocketLike {
  binaryType = "blob";
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  onerror: WebSocketLike["onerror"] = null;
  readonly got: { atMs: number; data: number }[] = [];
  readonly #clock: VirtualClock;
  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }
  send(data: Uint8Array<ArrayBuffer>): void {
    this.got.push({ atMs: this.#clock.monotonicMs(), data: data[0]! });
    this.onmessage?.({ data: data[0] });
  }
  close(code = 1000, reason = ""): void {
    this.onclose?.({ code, reason });
  }
}

async function open(lag: Lag) {
  const clock = new VirtualClock(1_000);
  const wire = new Wire(clock);
  const socket = await withLag(lag, async () => wire, clock)("ws://there", "p");
  const heard: { atMs: number; what: unknown }[] = [];
  const hear = (what: unknown) => heard.push({ atMs: clock.monotonicMs(), what });
  socket.onopen = () => hear("open");
  socket.onmessage = ({ data }) => hear(data);
  socket.onclose = ({ code, reason }) => hear(`${code} ${reason}`);
  return { clock, wire, socket, heard };
}

describe("withLag", () => {
  it("takes half of the round trip each way, for opening, messages and the close alike", async () => {
    const { clock, wire, socket, heard } = await open({ roundTripMs: 150 });
    socket.binaryType = "arraybuffer";
    expect(wire.binaryType).toBe("arraybuffer");
    wire.onopen?.({} as never);
    clock.advance(200);
    const bytes = new Uint8Array([7]);
    socket.send(bytes);
    bytes[0] = 8;
    clock.advance(200);
    socket.close(4001, "enough");
    clock.advance(200);
    expect(wire.got).toEqual([{ atMs: 1_275, data: 7 }]);
    expect(heard).toEqual([
      { atMs: 1_075, what: "open" },
      { atMs: 1_350, what: 7 },
      { atMs: 1_550, what: "4001 enough" },
    ]);
  });

  it("sends nothing on a socket that the other side has closed", async () => {
    const { clock, wire, socket, heard } = await open({ roundTripMs: 100 });
    socket.send(new Uint8Array([1]));
    wire.close(1006, "");
    clock.advance(200);
    expect(wire.got).toEqual([]);
    expect(heard).toEqual([{ atMs: 1_050, what: "1006 " }]);
  });

  it("keeps the order whatever the jitter, within its bounds, and lets nothing pass in a stall", async () => {
    for (const seed of seeds(20)) {
      const prng = new Prng(seed);
      const lag = {
        roundTripMs: 60,
        jitterMs: 40,
        stallEveryMs: 500,
        stallMs: 120,
        random: () => prng.float(),
      };
      const { clock, wire, socket, heard } = await open(lag);
      const sentAtMs: number[] = [];
      for (let n = 0; n < 200; n++) {
        sentAtMs.push(clock.monotonicMs());
        socket.send(new Uint8Array([n]));
        clock.advance(prng.int(0, 25));
      }
      clock.advance(1_000);
      expect(wire.got.map(({ data }) => data)).toEqual(sentAtMs.map((_, n) => n));
      expect(heard.map(({ what }) => what)).toEqual(sentAtMs.map((_, n) => n));
      let late = 0;
      wire.got.forEach(({ atMs }, n) => {
        expect(atMs - sentAtMs[n]!).toBeGreaterThanOrEqual(30);
        expect(atMs - sentAtMs[n]!).toBeLessThan(70 + 120);
        if (atMs - sentAtMs[n]! > 70) late++;
        const sinceMs = (atMs - 1_000) % 500;
        if (atMs >= 1_500) expect(sinceMs).toBeGreaterThanOrEqual(120);
      });
      expect(late).toBeGreaterThan(5);
    }
  });
});
