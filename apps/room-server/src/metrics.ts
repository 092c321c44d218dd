import { Counter, Gauge, type Registry } from "@warren/service";

/** Every metric of a room-server. Labels are codes, never rooms or players. */
export function roomServerMetrics(registry: Registry, read: { waitingBytes(): number }) {
  const registers = [registry];
  return {
    rooms: new Gauge({ name: "warren_room_rooms", help: "Rooms that run.", registers }),
    sessions: new Gauge({
      name: "warren_room_sessions",
      help: "Sessions, with or without a socket.",
      registers,
    }),
    sockets: new Gauge({ name: "warren_room_sockets", help: "Open WebSockets.", registers }),
    ticksSkipped: new Counter({
      name: "warren_room_ticks_skipped_total",
      help: "Ticks left out because a room was too far behind.",
      registers,
    }),
    roomsFailed: new Counter({
      name: "warren_room_failed_total",
      help: "Rooms ended by a throw in their own code.",
      registers,
    }),
    refused: new Counter({
      name: "warren_room_refused_total",
      help: "Sockets closed for an error, by code; SLOW_CONSUMER: the client did not read.",
      labelNames: ["code"],
      registers,
    }),
    statesSkipped: new Counter({
      name: "warren_room_states_skipped_total",
      help: "States that were not written because their socket was behind; the next one makes up for them.",
      registers,
    }),
    waitingBytes: new Gauge({
      name: "warren_room_waiting_bytes",
      help: "Bytes that wait for clients: in this process, not taken by the operating system yet.",
      registers,
      collect() {
        this.set(read.waitingBytes());
      },
    }),
    bytesReceived: new Counter({
      name: "warren_room_received_bytes_total",
      help: "Bytes of messages received.",
      registers,
    }),
    bytesSent: new Counter({
      name: "warren_room_sent_bytes_total",
      help: "Bytes of messages sent.",
      registers,
    }),
    sendsDropped: new Counter({
      name: "warren_room_sends_dropped_total",
      help: "Messages the transport dropped; any is a bug, the outbox checks first.",
      registers,
    }),
    streams: new Gauge({
      name: "warren_room_coordinate_streams",
      help: "Matchmakers that are connected.",
      registers,
    }),
  };
}

export type RoomServerMetrics = ReturnType<typeof roomServerMetrics>;
