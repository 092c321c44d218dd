import { flag, int, oneOf, port, text } from "./option.ts";

/** Settings every process has. */
export const commonOptions = {
  natsUrl: text("", { text: "NATS servers, separated by commas; none: everything in this one process's memory" }, "nats:// URLs"),
  cluster: text("default", { text: "Name of the cluster, so that several can share one NATS" }, "1 to 32 of a-z 0-9 -"),
  adminHost: text("127.0.0.1", { text: "Address for /metrics, /healthz and /readyz" }, "an IP address"),
  adminPort: port(0, { text: "Port for /metrics, /healthz and /readyz; 0 picks one" }),
  logLevel: oneOf("info", ["debug", "info", "warn", "error", "silent"], { text: "What is logged" }),
  logFormat: oneOf("json", ["json", "pretty"], { text: "How it is logged" }),
  stopMs: int(2_500, 0, 600_000, { text: "How long a stop may take, ms" }),
  insecure: flag({ text: "Allow services on addresses other than loopback without keys" }),
} as const;
