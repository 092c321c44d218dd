import type { X509Certificate } from "node:crypto";

/** What a process may be among the others; its certificate says which. */
export const ROLES = ["matchmaker", "rooms", "backend"] as const;
export type Role = (typeof ROLES)[number];

const URI = "URI:warren://role/";

/** In the certificate of a role, for both sides of a connection: who calls, by URI, and who answers, by name. */
export const roleUri = (role: Role): string => `warren://role/${role}`;

/**
 * The name a server's certificate carries. It names the role and no host, since nodes come and go with any address:
 * a client asks for the name of the role it means to reach, whatever address it dialled. Only the CA gives these
 * names, so who answers under one has that role's key; which of several it is, the first message of the stream says.
 */
export const roleHostName = (role: Role): string => `${role}.warren`;

/**
 * The role a certificate is for, from its alternative names as Node writes them; undefined: none, or more than one.
 * Node quotes a name that holds a comma, so no name can pass for two.
 */
export function roleOf({ subjectAltName }: Pick<X509Certificate, "subjectAltName">): Role | undefined {
  const uris = (subjectAltName ?? "").split(", ").filter((name) => name.startsWith(URI));
  const role = uris.length === 1 ? uris[0]?.slice(URI.length) : undefined;
  return ROLES.find((known) => known === role);
}
