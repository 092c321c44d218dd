import type { RequestListener } from "node:http";
import type { Server } from "node:tls";
import {
  ConfigError,
  checkKeyPair,
  flagName,
  type Logger,
  warnIfOpenToOthers,
  watchFiles,
} from "@warren/service";
import type { MatchmakerConfig } from "../config.ts";
import { createTlsServer, renewCertificate } from "./tls-server.ts";

/** TLS for players, with the certificate that is on disk now. */
export interface HttpTls {
  createServer(handler: RequestListener): Server;
  /** Stops looking at the files. */
  close(): void;
}

/**
 * Reads the certificate and key of the settings; undefined: there are none. What changes on disk is used for
 * connections made from then on; when it cannot be used there is a warning and the old certificate stays.
 * Throws ConfigError.
 */
export async function openHttpTls(
  { httpTlsCert, httpTlsKey }: Pick<MatchmakerConfig, "httpTlsCert" | "httpTlsKey">,
  log: Logger,
): Promise<HttpTls | undefined> {
  const names = { cert: flagName("httpTlsCert"), key: flagName("httpTlsKey") };
  if (httpTlsCert === "" && httpTlsKey === "") return undefined;
  if (httpTlsCert === "")
    throw new ConfigError([`${names.key} has no ${names.cert} beside it; TLS needs both`]);
  if (httpTlsKey === "")
    throw new ConfigError([`${names.cert} has no ${names.key} beside it; TLS needs both`]);

  let server: Server | undefined;
  let pair: { cert: Buffer; key: Buffer } | undefined;
  const stop = await watchFiles({
    paths: [httpTlsCert, httpTlsKey],
    use([cert, key]) {
      const found = { cert, key } as { cert: Buffer; key: Buffer };
      const { subjectAltName, validTo } = checkKeyPair(found, { cert: httpTlsCert, key: httpTlsKey });
      pair = found;
      if (server) renewCertificate(server, pair);
      const about = { event: server ? "tls.renewed" : "tls.opened", names: subjectAltName, validTo };
      log.info(about, `REST has a certificate until ${validTo}`);
      if (Date.parse(validTo) < Date.now())
        log.warn({ event: "tls.expired", validTo }, `the certificate in ${httpTlsCert} ended at ${validTo}`);
    },
    failed: (error) =>
      log.warn({ event: "tls.unusable", err: error }, `${error.message}; the certificate read before stays`),
  }).catch((error: Error) => {
    throw new ConfigError([`${names.cert}, ${names.key}: ${error.message}`]);
  });
  await warnIfOpenToOthers(httpTlsKey, log);
  return {
    createServer(handler) {
      server = createTlsServer(pair as { cert: Buffer; key: Buffer }, handler);
      return server;
    },
    close: stop,
  };
}
