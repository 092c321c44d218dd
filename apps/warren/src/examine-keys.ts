import type { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkKeyPair, checkKeys, isOpenToOthers, KEY_FILES, readCertificates } from "@warren/service";

const DAY_MS = 86_400_000;
/** Time enough to renew without haste. */
const DAYS_LEFT_MIN = 30;

/** What was found out about keys; one of the three is set. */
export interface KeyFinding {
  readonly found?: string;
  /** It works, and somebody should know. */
  readonly warning?: string;
  readonly problem?: string;
}

/** Looks at the folder `--keys` names; an empty name: nothing to look at. */
export async function examineKeys(folder: string, nowMs: number): Promise<KeyFinding[]> {
  if (folder === "") return [];
  const paths = {
    ca: join(folder, KEY_FILES.ca),
    cert: join(folder, KEY_FILES.cert),
    key: join(folder, KEY_FILES.key),
  };
  try {
    const [ca, cert, key] = await Promise.all([
      readFile(paths.ca),
      readFile(paths.cert),
      readFile(paths.key),
    ]);
    const { role, certificate } = checkKeys({ ca, cert, key }, paths);
    return [
      ageOf(certificate, paths.cert, `is for the role ${role}`, nowMs),
      ...readCertificates(ca, paths.ca).flatMap((each) => ageWarnings(each, paths.ca, nowMs)),
      ...(await openWarnings(paths.key)),
    ];
  } catch (error) {
    return [{ problem: (error as Error).message }];
  }
}

/** Looks at the certificate for players; none named: nothing to look at. */
export async function examineTls(
  { httpTlsCert, httpTlsKey }: { httpTlsCert: string; httpTlsKey: string },
  nowMs: number,
): Promise<KeyFinding[]> {
  if (httpTlsCert === "" || httpTlsKey === "") return [];
  try {
    const [cert, key] = await Promise.all([readFile(httpTlsCert), readFile(httpTlsKey)]);
    const certificate = checkKeyPair({ cert, key }, { cert: httpTlsCert, key: httpTlsKey });
    const names = `is for ${certificate.subjectAltName ?? "no name, so no browser takes it"}`;
    return [ageOf(certificate, httpTlsCert, names, nowMs), ...(await openWarnings(httpTlsKey))];
  } catch (error) {
    return [{ problem: (error as Error).message }];
  }
}

function ageOf(certificate: X509Certificate, path: string, about: string, nowMs: number): KeyFinding {
  const [late] = ageWarnings(certificate, path, nowMs);
  return late ?? { found: `${path} ${about}, until ${certificate.validTo}` };
}

function ageWarnings({ validTo }: X509Certificate, path: string, nowMs: number): KeyFinding[] {
  const daysLeft = Math.floor((Date.parse(validTo) - nowMs) / DAY_MS);
  if (daysLeft >= DAYS_LEFT_MIN) return [];
  if (daysLeft < 0) return [{ problem: `${path} ended at ${validTo}` }];
  return [{ warning: `${path} ends in ${daysLeft} days, at ${validTo}; renew it` }];
}

async function openWarnings(path: string): Promise<KeyFinding[]> {
  if (!(await isOpenToOthers(path))) return [];
  return [{ warning: `${path} can be read by everybody on this machine; chmod o= ${path}` }];
}
