/** Told what a cluster meets (lost and found connections, failing handlers), for the process's own log. */
export type OnEvent = (event: string, detail: Record<string, unknown>) => void;
