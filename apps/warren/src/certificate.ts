// Has to come before what needs it.
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { type Role, roleHostName, roleUri } from "@warren/service";

const DAY_MS = 86_400_000;
/** P-256: small, fast, and understood by everything that speaks TLS. */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** The CA outlives what it signs; a new one means new keys for every process at once. */
const CA_DAYS = 3_650;
/** Clocks of other machines may be behind. */
const LEEWAY_MS = 300_000;

export interface Pems {
  readonly cert: string;
  readonly key: string;
}

/** A CA of one's own: signs certificates and nothing else. */
export async function newCa(nowMs: number): Promise<Pems> {
  const keys = await newKeys();
  const about = common(nowMs, CA_DAYS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...about,
    // Two CAs are told apart by name in what TLS says of a certificate.
    name: `CN=Warren services ${about.serialNumber.slice(0, 8)}`,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pemsOf(certificate, keys);
}

/** A new key and its certificate for a role: both ends of a connection, but studios' backends only ever call. */
export function newRoleCertificate(ca: Pems, role: Role, days: number, nowMs: number): Promise<Pems> {
  return newCertificate(ca, {
    name: role,
    names: [
      { type: "url", value: roleUri(role) },
      { type: "dns", value: roleHostName(role) },
    ],
    usages: role === "backend" ? [CLIENT] : [SERVER, CLIENT],
    days,
    nowMs,
  });
}

const SERVER = x509.ExtendedKeyUsage.serverAuth;
const CLIENT = x509.ExtendedKeyUsage.clientAuth;

/** A new key and its certificate for any names. */
export async function newCertificate(
  ca: Pems,
  of: { name: string; names: x509.JsonGeneralNames; usages?: string[]; days: number; nowMs: number },
): Promise<Pems> {
  const issuer = new x509.X509Certificate(ca.cert);
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    x509.PemConverter.decodeFirst(ca.key),
    ALGORITHM,
    false,
    ["sign"],
  );
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...common(of.nowMs, of.days),
    subject: [{ CN: [of.name] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(of.usages ?? [SERVER]),
      new x509.SubjectAlternativeNameExtension(of.names),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pemsOf(certificate, keys);
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function common(nowMs: number, days: number) {
  // Positive, as RFC 5280 asks for.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return {
    serialNumber: serial.toString("hex"),
    notBefore: new Date(nowMs - LEEWAY_MS),
    notAfter: new Date(nowMs + days * DAY_MS),
    signingAlgorithm: ALGORITHM,
  };
}

async function pemsOf(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<Pems> {
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: `${certificate.toString("pem")}\n`,
    key: `${x509.PemConverter.encode(key, "PRIVATE KEY")}\n`,
  };
}
