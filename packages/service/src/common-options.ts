import { flag, int, oneOf, port, text } from "./option.ts";

/** Where a process of a cluster finds the others. */
export const natsOptions = {
  natsUrl: text("", { text: "NATS servers, separated by commas" }, "nats:// URLs"),
  natsToken: text("", { text: "Token NATS asks for", secret: true }, "text"),
  natsReplicas: int(0, 0, 3, {
    text: "Copies NATS keeps of everything, 1 or 3; 0: 1 when made, else as it is",
  }),
  cluster: text(
    "default",
    { text: "Name of the cluster, so that several can share one NATS" },
    "1 to 32 of a-z 0-9 -",
  ),
} as const;

/** Settings every process has. */
export const commonOptions = {
  adminHost: text("127.0.0.1", { text: "Address for /metrics, /healthz and /readyz" }, "an IP address"),
  adminPort: port(0, { text: "Port for /metrics, /healthz and /readyz; 0 picks one" }),
  logLevel: oneOf("info", ["debug", "info", "warn", "error", "silent"], { text: "What is logged" }),
  logFormat: oneOf("json", ["json", "pretty"], { text: "How it is logged" }),
  stopMs: int(2_500, 0, 600_000, { text: "How long a stop may take, ms" }),
  insecure: flag({ text: "Allow services on addresses other than loopback without keys" }),
} as const;
