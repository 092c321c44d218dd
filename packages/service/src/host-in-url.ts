const ANY = new Set(["", "0.0.0.0", "::"]);

/** How a process that listens on `host` is reached from the machine it is on: by loopback, unless one address is named. */
export function hostInUrl(host: string): string {
  if (ANY.has(host)) return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
