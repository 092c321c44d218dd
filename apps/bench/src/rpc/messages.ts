import { type Command, type Reply, Reserve_Mode } from "@warren/protocol/services";

/** Seats for one match of ten, as the decider asks for them. */
export const COMMAND: Command = {
  correlationId: 1,
  body: {
    $case: "reserve",
    value: {
      roomId: "r_main_17_2041",
      mode: Reserve_Mode.CREATE,
      spec: {
        roomName: "arena",
        optionsJson: '{"map":"large"}',
        fillTo: 10,
        queue: "ranked",
        joinCode: "",
        matchId: "m_main_17_2041",
        listed: false,
        teamSize: 5,
        teams: 2,
        backfill: false,
      },
      seats: Array.from({ length: 10 }, (_, i) => ({
        playerId: `guest-5xk2n7q0v3b8m1z6c9d4f${i}`,
        joinJson: `{"name":"Player ${i}"}`,
        team: i % 2,
        role: "",
      })),
      backfillGeneration: 0,
    },
  },
};

export const replyTo = ({ correlationId }: Command): Reply => ({
  correlationId,
  errorCode: "",
  errorMessage: "",
  roomEpoch: 12_345,
});

/** A server that makes no sense of a command would be fast, too. */
export function assertSeats({ body }: Command): void {
  if (body?.$case !== "reserve" || body.value.seats.length !== 10)
    throw new Error("the command did not arrive");
}
