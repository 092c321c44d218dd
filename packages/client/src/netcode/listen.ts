import type { StateSource } from "./room-port.ts";

/** Listens to a room until the result is called, or until the room has ended: nothing holds on to it then. */
export function listen(
  room: StateSource<unknown>,
  onState: (tick: number) => void,
  onStatus: (status: StateSource<unknown>["status"]) => void = () => {},
): () => void {
  if (room.status === "ended") return () => {};
  const offs = [
    room.onState(onState),
    room.onStatus((status) => {
      if (status === "ended") stop();
      onStatus(status);
    }),
  ];
  const stop = () => {
    for (const off of offs) off();
  };
  return stop;
}
