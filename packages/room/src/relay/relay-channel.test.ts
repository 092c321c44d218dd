import { type NodeId, parseNodeId } from "@warren/kernel";
import { RelayPacket, type RelayState } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import { type RelayBody, RelayChannel, waitingItem } from "./relay-channel.ts";
import {
  RELAY_KEEPALIVE_MS,
  RELAY_LOOK_MS,
  RELAY_PACKET_BYTES_MAX,
  RELAY_RESEND_MS,
  RELAY_WINDOW_BYTES_MAX,
} from "./relay-limits.ts";

/** One end, what it has sent and not been given to the other yet, and what it has handled. */
class End {
  readonly sent: RelayPacket[] = [];
  readonly handled: number[] = [];
  readonly gaps: boolean[] = [];
  readonly states: RelayState[] = [];
  isConnected = true;
  wantsFlush = false;
  resent = 0;
  readonly channel: RelayChannel;

  constructor(self: NodeId, isHost: boolean) {
    this.channel = new RelayChannel({
      self,
      id: "j_1",
      isHost,
      send: (packet) => this.sent.push(RelayPacket.decode(packet)),
      isConnected: () => this.isConnected,
      wantsFlush: () => {
        this.wantsFlush = true;
      },
      onResent: (items) => {
        this.resent += items;
      },
    });
  }

  push(session: number, payloadBytes = 0): void {
    const body: RelayBody =
      payloadBytes === 0
        ? { $case: "detach", value: session }
        : {
            $case: "action",
            value: { session, actionSeq: 1, actionId: 0, payload: Buffer.alloc(payloadBytes) },
          };
    this.channel.push(waitingItem(body, payloadBytes, []));
  }

  state(tick: number, bytes: number): void {
    this.channel.state({
      tick,
      baseTick: 0,
      readers: [1],
      inputNumbers: [0],
      inputsWaiting: [0],
      payload: Buffer.alloc(bytes, tick),
      bytesBefore: 0,
      bytesLeft: 0,
    });
  }

  endTurn(): void {
    if (!this.wantsFlush) return;
    this.wantsFlush = false;
    this.channel.flush();
  }

  receive(packet: RelayPacket): void {
    const { isNew, isGap } = this.channel.head(packet);
    this.gaps.push(isGap);
    this.channel.items(packet, (body) =>
      this.handled.push(body.$case === "detach" ? body.value : (body.value as { session: number }).session),
    );
    if (isNew) this.states.push(...packet.states);
  }
}

function open() {
  const guest = new End(parseNodeId("n_guest"), false);
  const host = new End(parseNodeId("n_host"), true);
  /** Lets turns end, and packets arrive, until nothing is on its way. */
  const settle = () => {
    for (let i = 0; i < 100; i++) {
      guest.endTurn();
      host.endTurn();
      for (const packet of guest.sent.splice(0)) host.receive(packet);
      for (const packet of host.sent.splice(0)) guest.receive(packet);
    }
  };
  const look = (ms: number) => {
    for (let at = 0; at < ms; at += RELAY_LOOK_MS) {
      guest.channel.look(true);
      host.channel.look(true);
      settle();
    }
  };
  return { guest, host, settle, look };
}

describe("items", () => {
  it("of one turn are one packet; they are acknowledged at the next look, and then gone", () => {
    const { guest, host, settle, look } = open();
    for (const session of [1, 2, 3]) guest.push(session);
    guest.endTurn();
    expect(guest.sent.map(({ items }) => items.length)).toEqual([3]);
    settle();
    expect(host.handled).toEqual([1, 2, 3]);
    expect([guest.channel.isDone, guest.channel.waitingBytes > 0]).toEqual([false, true]);
    look(RELAY_LOOK_MS);
    expect([guest.channel.isDone, guest.channel.waitingBytes]).toEqual([true, 0]);
  });

  it("that are lost are sent again without anything new to send, and handled once", () => {
    const { guest, host, look } = open();
    guest.push(1);
    guest.endTurn();
    guest.sent.length = 0;
    look(RELAY_RESEND_MS + RELAY_LOOK_MS);
    expect([host.handled, guest.resent, guest.channel.isDone]).toEqual([[1], 1, true]);
  });

  it("behind one that is lost wait for it, and the sender is told at once", () => {
    const { guest, host, settle } = open();
    guest.push(1);
    guest.endTurn();
    const lost = guest.sent.splice(0);
    guest.push(2);
    guest.endTurn();
    host.receive(guest.sent.pop()!);
    expect([host.handled, host.gaps]).toEqual([[], [true]]);
    settle();
    expect(host.handled).toEqual([1, 2]);
    // Late or twice, it is nothing new.
    for (const packet of [...lost, ...lost]) host.receive(packet);
    expect(host.handled).toEqual([1, 2]);
  });

  it("wait while there is no connection, and go out when it is back", () => {
    const { guest, host, look } = open();
    guest.isConnected = false;
    guest.push(1);
    guest.state(1, 10);
    look(10_000);
    expect([guest.sent.length, guest.channel.silentMs]).toEqual([0, 0]);
    guest.isConnected = true;
    look(RELAY_LOOK_MS);
    expect(host.handled).toEqual([1]);
    expect(host.states).toEqual([]);
  });

  it("on their way are bounded: the rest follows what is acknowledged", () => {
    const { guest, host, settle, look } = open();
    const bytes = 100_000;
    for (let i = 1; i <= 100; i++) guest.push(i, bytes);
    guest.endTurn();
    const onTheWay = guest.sent.reduce((n, { items }) => n + items.length, 0) * bytes;
    expect(onTheWay).toBeGreaterThan(RELAY_WINDOW_BYTES_MAX - 2 * bytes);
    expect(onTheWay).toBeLessThan(RELAY_WINDOW_BYTES_MAX + 2 * bytes);
    for (const packet of guest.sent)
      expect(RelayPacket.encode(packet).finish().length).toBeLessThanOrEqual(RELAY_PACKET_BYTES_MAX);
    settle();
    look(1_000);
    expect(host.handled).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect([guest.resent, guest.channel.waitingBytes]).toEqual([0, 0]);
  });
});

describe("states", () => {
  it("come before the items of their turn when both do not fit into a packet, else with them", () => {
    const { guest } = open();
    guest.push(1);
    guest.state(1, 100);
    guest.endTurn();
    guest.push(2, 100_000);
    guest.state(2, RELAY_PACKET_BYTES_MAX - 50_000);
    guest.endTurn();
    expect(guest.sent.map(({ items, states }) => [states.length, items.length])).toEqual([
      [1, 1],
      [1, 0],
      [0, 1],
    ]);
  });

  it("that are larger than a packet come in pieces", () => {
    const { guest, host, settle } = open();
    const bytes = 3 * RELAY_PACKET_BYTES_MAX;
    guest.state(7, bytes);
    guest.endTurn();
    for (const packet of guest.sent)
      expect(RelayPacket.encode(packet).finish().length).toBeLessThanOrEqual(RELAY_PACKET_BYTES_MAX);
    settle();
    const pieces = host.states;
    const whole = Buffer.concat(pieces.map(({ payload }) => payload));
    expect(whole.equals(Buffer.alloc(bytes, 7))).toBe(true);
    expect(pieces.every((p) => p.bytesBefore + p.payload.length + p.bytesLeft === bytes)).toBe(true);
    expect([pieces[0]!.bytesBefore, pieces.at(-1)!.bytesLeft]).toEqual([0, 0]);
  });

  it("of a packet that comes twice, or behind a newer one, are not new", () => {
    const { guest, host } = open();
    for (const tick of [1, 2]) {
      guest.state(tick, 10);
      guest.endTurn();
    }
    const [first, second] = guest.sent as [RelayPacket, RelayPacket];
    for (const packet of [second, first, second]) host.receive(packet);
    expect(host.states.map(({ tick }) => tick)).toEqual([2]);
  });
});

describe("silence", () => {
  it("is broken every second by a channel that is used, and shows a packet that was lost", () => {
    const { guest, host, look } = open();
    look(RELAY_KEEPALIVE_MS);
    expect([host.channel.silentMs, guest.channel.silentMs]).toEqual([0, 0]);
    guest.state(1, 10);
    guest.endTurn();
    guest.sent.length = 0;
    host.gaps.length = 0;
    look(RELAY_KEEPALIVE_MS);
    expect(host.gaps[0]).toBe(true);
  });

  it("is not counted while there is no connection", () => {
    const { host } = open();
    for (let i = 0; i < 20; i++) host.channel.look(false);
    expect(host.channel.silentMs).toBe(20 * RELAY_LOOK_MS);
    host.isConnected = false;
    host.channel.look(false);
    host.isConnected = true;
    host.channel.look(false);
    expect(host.channel.silentMs).toBe(RELAY_LOOK_MS);
  });
});
