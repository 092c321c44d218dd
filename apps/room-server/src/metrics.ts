import { Counter, Gauge, Histogram, HotCounter, type Registry } from "@warren/service";

/** Every metric of a room-server. Labels are codes and names of room definitions, never rooms or players. */
export function roomServerMetrics(
  registry: Registry,
  read: {
    waitingBytes(): number;
    sessions(): number;
    process(): { loopLagMs: number; cpu: number };
    relay(): { guestSessions: number; hostedSessions: number; waitingBytes: number };
  },
) {
  const registers = [registry];
  return {
    rooms: new Gauge({ name: "warren_room_rooms", help: "Rooms that run.", registers }),
    seats: new Gauge({
      name: "warren_room_seats",
      help: "Seats held by players, connected or not.",
      registers,
    }),
    loopLag: new Gauge({
      name: "warren_room_loop_lag_seconds",
      help: "How late the event loop was in the last whole 5 s, but for the two longest stalls; the node takes nobody above 0.25.",
      registers,
      collect() {
        this.set(read.process().loopLagMs / 1000);
      },
    }),
    cpu: new Gauge({
      name: "warren_room_cpu",
      help: "Share of one core the process used in the last second.",
      registers,
      collect() {
        this.set(read.process().cpu);
      },
    }),
    noCapacity: new Counter({
      name: "warren_room_no_capacity_total",
      help: "Rooms and players the node did not take, by what was at its limit: rooms, seats, lag, memory.",
      labelNames: ["cause"],
      registers,
    }),
    sessions: new Gauge({
      name: "warren_room_sessions",
      help: "Sessions, with or without a socket.",
      registers,
      collect() {
        this.set(read.sessions());
      },
    }),
    sockets: new Gauge({ name: "warren_room_sockets", help: "Open WebSockets.", registers }),
    tickSeconds: new Histogram({
      name: "warren_room_tick_seconds",
      help: "Duration of a tick with all that is sent at its end, by room definition; of ticks that were caught up with, the mean.",
      labelNames: ["room"],
      // To 33 ms and 66 ms: one and two periods at 30 Hz.
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.133, 0.333, 1],
      registers,
    }),
    overruns: new Counter({
      name: "warren_room_tick_overruns_total",
      help: "Ticks that were not in time, by room definition and cause: slow (longer than the period), skipped (left out because the room was too far behind).",
      labelNames: ["room", "cause"],
      registers,
    }),
    opened: new Counter({
      name: "warren_room_opened_total",
      help: "Rooms opened, by room definition, and whether they had been made ahead.",
      labelNames: ["room", "warm"],
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
    bytesReceived: new HotCounter({
      name: "warren_room_received_bytes_total",
      help: "Bytes of messages received.",
      registers,
    }),
    bytesSent: new HotCounter({
      name: "warren_room_sent_bytes_total",
      help: "Bytes of messages sent.",
      registers,
    }),
    sendsDropped: new Counter({
      name: "warren_room_sends_dropped_total",
      help: "Messages the transport dropped; any is a bug, the outbox checks first.",
      registers,
    }),
    pingsRefused: new Counter({
      name: "warren_room_pings_refused_total",
      help: "Measurements of distance that were refused because there were too many.",
      registers,
    }),
    resultsWaiting: new Gauge({
      name: "warren_room_results_waiting",
      help: "Results of matches that no matchmaker has taken yet.",
      registers,
    }),
    resultsDropped: new Counter({
      name: "warren_room_results_dropped_total",
      help: "Results of matches that are lost: not taken in time, refused for good, or too many.",
      registers,
    }),
    messages: new Counter({
      name: "warren_room_messages_total",
      help: "Messages for players that came to this node, by outcome: delivered, not_here (no session with a socket), broadcast (to all sessions).",
      labelNames: ["outcome"],
      registers,
    }),
    tells: new Counter({
      name: "warren_room_tells_total",
      help: "Messages of rooms here to players anywhere, by outcome: delivered, offline, unknown (not everyone could be asked).",
      labelNames: ["outcome"],
      registers,
    }),
    presenceWrites: new Counter({
      name: "warren_room_presence_writes_total",
      help: "Writes of who has sessions here into the directory, by outcome: written, failed (tried again).",
      labelNames: ["outcome"],
      registers,
    }),
    presenceWaiting: new Gauge({
      name: "warren_room_presence_waiting",
      help: "Players whose presence is about to be written.",
      registers,
    }),
    relayPackets: new Counter({
      name: "warren_room_relay_packets_total",
      help: "Packets sent to other nodes for the sessions that are relayed.",
      registers,
    }),
    relayBytes: new Counter({
      name: "warren_room_relay_bytes_total",
      help: "Bytes of these packets.",
      registers,
    }),
    relayStates: new Counter({
      name: "warren_room_relay_states_total",
      help: "States in these packets: one for each room, tick and view group, however many sessions share it.",
      registers,
    }),
    relayResent: new Counter({
      name: "warren_room_relay_resent_total",
      help: "Events, actions and the like that were sent to another node again, because it did not acknowledge them.",
      registers,
    }),
    relayGapsResynced: new Counter({
      name: "warren_room_relay_gaps_resynced_total",
      help: "Snapshots that relayed sessions got because a packet with a state was lost.",
      registers,
    }),
    relaySessions: new Gauge({
      name: "warren_room_relay_sessions",
      help: "Sessions that are relayed: guest (here, with a room on another node) and host (the other way round).",
      labelNames: ["side"],
      registers,
      collect() {
        this.set({ side: "guest" }, read.relay().guestSessions);
        this.set({ side: "host" }, read.relay().hostedSessions);
      },
    }),
    relayWaitingBytes: new Gauge({
      name: "warren_room_relay_waiting_bytes",
      help: "Bytes of events, actions and the like that other nodes have not acknowledged.",
      registers,
      collect() {
        this.set(read.relay().waitingBytes);
      },
    }),
    streams: new Gauge({
      name: "warren_room_coordinate_streams",
      help: "Matchmakers that are connected.",
      registers,
    }),
  };
}

export type RoomServerMetrics = ReturnType<typeof roomServerMetrics>;
