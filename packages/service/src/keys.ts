import type { X509Certificate } from "node:crypto";
import { join } from "node:path";
import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  experimental,
  ServerCredentials,
} from "@grpc/grpc-js";
import { GRPC_OPTIONS } from "./grpc.ts";
import { checkKeyPair, readCertificates, warnIfOpenToOthers } from "./key-pair.ts";
import type { Logger } from "./logger.ts";
import { ConfigError, flagName } from "./read-config.ts";
import { type Role, roleHostName, roleOf, roleUri } from "./role.ts";
import { watchFiles } from "./watch-files.ts";

/** Files of the folder `--keys` names. */
export const KEY_FILES = { ca: "ca.pem", cert: "cert.pem", key: "key.pem" } as const;

interface KeyFiles {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** How a process reaches others, and is reached, by gRPC. */
export interface ServiceKeys {
  /** Undefined: without keys, anybody who can connect may call. */
  readonly server: ServerCredentials;
  readonly isSecure: boolean;
  /** For a client of a process of this role. */
  client(role: Role): { readonly credentials: ChannelCredentials; readonly options: ChannelOptions };
  close(): void;
}

/** Without keys: for loopback, or a network that is trusted. */
export const NO_KEYS: ServiceKeys = {
  isSecure: false,
  server: ServerCredentials.createInsecure(),
  client: () => ({ credentials: credentials.createInsecure(), options: GRPC_OPTIONS }),
  close() {},
};

/**
 * The keys in a folder, for a process of a role; an empty folder name: none. With keys both ends of every connection
 * show a certificate of the CA. Files that change are used for connections made from then on; when what they hold
 * cannot be used there is a warning, and the old ones stay. Throws ConfigError.
 */
export async function openKeys(
  { keys: folder }: { keys: string },
  role: Role,
  log: Logger,
): Promise<ServiceKeys> {
  if (folder === "") return NO_KEYS;
  const paths = [KEY_FILES.ca, KEY_FILES.cert, KEY_FILES.key].map((name) => join(folder, name));
  const [caPath = "", certPath = "", keyPath = ""] = paths;
  const held = new HeldKeys();
  const stop = await watchFiles({
    paths,
    use([ca, cert, key]) {
      const files = { ca, cert, key } as KeyFiles;
      const { role: found, certificate } = checkKeys(files, { ca: caPath, cert: certPath, key: keyPath });
      if (found !== role)
        throw new Error(`the certificate in ${certPath} is for the role ${found}; accepted: ${role}`);
      const isFirst = held.files === undefined;
      held.take(files);
      const { validTo, fingerprint256 } = certificate;
      log.info(
        { event: isFirst ? "keys.opened" : "keys.renewed", folder, validTo, fingerprint256 },
        isFirst ? `services talk with keys of ${folder}` : `the keys in ${folder} have changed and are used`,
      );
    },
    failed: (error) =>
      log.warn({ event: "keys.unusable", err: error }, `${error.message}; the keys read before stay in use`),
  }).catch((error: Error) => {
    throw new ConfigError([`${flagName("keys")}: ${error.message}`]);
  });
  await warnIfOpenToOthers(keyPath, log);
  return {
    isSecure: true,
    server: experimental.createCertificateProviderServerCredentials(held, held, true),
    client: (to) => ({
      credentials: experimental.createCertificateProviderChannelCredentials(held, held),
      options: { ...GRPC_OPTIONS, "grpc.ssl_target_name_override": roleHostName(to) },
    }),
    close: stop,
  };
}

/** What a folder of keys is for. Throws an Error with what is wrong with its files. */
export function checkKeys(
  files: KeyFiles,
  paths: Record<keyof KeyFiles, string>,
): { role: Role; certificate: X509Certificate } {
  // While a CA is replaced there are two.
  const cas = readCertificates(files.ca, paths.ca);
  const certificate = checkKeyPair(files, paths);
  if (!cas.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey)))
    throw new Error(`the certificate in ${paths.cert} is not of the CA in ${paths.ca}`);
  if (Date.parse(certificate.validTo) < Date.now())
    throw new Error(
      `the certificate in ${paths.cert} ended at ${certificate.validTo}; make a new one with \`warren keys\``,
    );
  const role = roleOf(certificate);
  if (role === undefined)
    throw new Error(
      `the certificate in ${paths.cert} names no role; accepted: a URI such as ${roleUri("rooms")} among its names`,
    );
  return { role, certificate };
}

type Provider = experimental.CertificateProvider;
type OnCa = experimental.CaCertificateUpdateListener;
type OnIdentity = experimental.IdentityCertificateUpdateListener;

/** The keys in use, for the servers and clients that ask for them. */
class HeldKeys implements Provider {
  files: KeyFiles | undefined;
  readonly #onCa = new Set<OnCa>();
  readonly #onIdentity = new Set<OnIdentity>();

  take(files: KeyFiles): void {
    this.files = files;
    for (const tell of this.#onCa) this.#tellCa(tell);
    for (const tell of this.#onIdentity) this.#tellIdentity(tell);
  }

  // Whoever comes to listen is told a little later: a server sets itself up before it can hear.
  addCaCertificateListener(listener: OnCa): void {
    this.#onCa.add(listener);
    process.nextTick(() => this.#tellCa(listener));
  }

  removeCaCertificateListener(listener: OnCa): void {
    this.#onCa.delete(listener);
  }

  addIdentityCertificateListener(listener: OnIdentity): void {
    this.#onIdentity.add(listener);
    process.nextTick(() => this.#tellIdentity(listener));
  }

  removeIdentityCertificateListener(listener: OnIdentity): void {
    this.#onIdentity.delete(listener);
  }

  #tellCa(listener: OnCa): void {
    if (this.files) listener({ caCertificate: this.files.ca });
  }

  #tellIdentity(listener: OnIdentity): void {
    if (this.files) listener({ certificate: this.files.cert, privateKey: this.files.key });
  }
}
