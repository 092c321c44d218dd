import { createPrivateKey, X509Certificate } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Logger } from "./logger.ts";

/** A certificate and its private key, PEM, that fit. */
export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM file, one or more. Throws an Error that names `path` when there is none. */
export function readCertificates(pem: Buffer, path: string): [X509Certificate, ...X509Certificate[]] {
  try {
    const [first = "", ...more] = pem.toString("latin1").match(CERTIFICATE) ?? [];
    return [new X509Certificate(first), ...more.map((text) => new X509Certificate(text))];
  } catch {
    throw new Error(`${path} holds no certificate; accepted: PEM, the certificate first`);
  }
}

/** Throws an Error that names the file when one cannot be read as PEM, or the key is not that of the certificate. */
export function checkKeyPair({ cert, key }: KeyPair, paths: { cert: string; key: string }): X509Certificate {
  const [certificate] = readCertificates(cert, paths.cert);
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw new Error(`${paths.key} holds no private key; accepted: PEM, without a passphrase`);
  }
  if (!fits) throw new Error(`${paths.key} is not the key of the certificate in ${paths.cert}`);
  return certificate;
}

/** Whether a file can be read by others than its owner and its group. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o004) !== 0;
}

/** A key that everybody on the machine can read is not one. */
export async function warnIfOpenToOthers(path: string, log: Logger): Promise<void> {
  if (!(await isOpenToOthers(path))) return;
  log.warn(
    { event: "keys.open", path },
    `${path} can be read by everybody on this machine; chmod o= ${path}`,
  );
}
