/** The part of a room the netcode listens to; a ClientRoom is one. */
export interface StateSource<S> {
  readonly tick: number;
  readonly tickHz: number;
  readonly state: S;
  readonly status: "online" | "offline" | "ended";
  onState(listener: (tick: number) => void): () => void;
  onStatus(listener: (status: "online" | "offline" | "ended") => void): () => void;
  ping(): Promise<number>;
}

/** The part of a room that inputs are sent to; a ClientRoom is one. */
export interface InputSink<Input> {
  readonly consumedInput: number;
  readonly inputsWaiting: number;
  readonly inputNumber: number;
  send(input: Input, seenAt: number, number: number): number;
}
