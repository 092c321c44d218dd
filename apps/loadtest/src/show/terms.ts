import type { RunReport, RunResult } from "../result.ts";

/** What a player goes through, in order, and what the count is of. */
export const STAGES = [
  { name: "arrived", text: "players whose time had come, by the schedule" },
  { name: "queued", text: "tickets that the matchmaker took" },
  { name: "matched", text: "assignments to a room" },
  { name: "joined", text: "seats taken: socket open and first state read" },
  { name: "left", text: "seats left on purpose" },
] as const satisfies { name: "arrived" | keyof RunResult["stages"]; text: string }[];

/** What is timed, and from when to when. */
export const LATENCIES = [
  {
    key: "joinMs",
    name: "join",
    title: "Join latency",
    text: "from the moment a player was to come until the first state of the room",
  },
  {
    key: "matchMs",
    name: "match",
    title: "Time to a match",
    text: "from that same moment until a room was assigned",
  },
  {
    key: "rttMs",
    name: "round trip",
    title: "Round trip",
    text: "of a ping in the room's own socket, from the moment it was to be sent",
  },
  {
    key: "tickGapMs",
    name: "gap of states",
    title: "Gap between states",
    text: "what passes at a player between two states; even is smooth",
  },
] as const satisfies { key: keyof RunReport["histograms"]; name: string; title: string; text: string }[];
