/** Where a machine's own apt gets Debian from. */
export interface DebianMirror {
  readonly uri: string;
  /** Keyring that vouches for it, if its source names one file. */
  readonly signedBy: string | undefined;
}

/** What Debian itself says to use where nothing else is known. */
const DEFAULT_URI = "http://deb.debian.org/debian";

/**
 * The first mirror of Debian's main archive among the machine's sources, so that a site's own mirror or
 * proxy is used. Security and ports archives, and other distributions', do not count.
 */
export function debianMirror(sources: readonly { name: string; text: string }[]): DebianMirror {
  const found = sources.flatMap(({ name, text }) =>
    name.endsWith(".sources") ? deb822(text) : oneLine(text),
  );
  return found.find(({ uri }) => isMainArchive(uri)) ?? { uri: DEFAULT_URI, signedBy: undefined };
}

function isMainArchive(uri: string): boolean {
  return (
    /^(https?|mirror\+file|file|cdrom):/.test(uri) && /\/debian\/?$/.test(uri) && !uri.startsWith("cdrom:")
  );
}

/** `deb [signed-by=/a.gpg arch=amd64] http://host/debian bookworm main` */
function oneLine(text: string): DebianMirror[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+\S+/.exec(line);
    if (!match) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(match[1] ?? "")?.[1];
    return [{ uri: match[2]!, signedBy: keyringFile(signedBy) }];
  });
}

/** Paragraphs of `Field: value`, values going on in indented lines; `#` lines are comments anywhere. */
function deb822(text: string): DebianMirror[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .split(/\n\s*\n/)
    .flatMap((paragraph) => {
      const field = (name: string) =>
        new RegExp(`^${name}:((?:.*)(?:\\n[ \\t].*)*)`, "im").exec(paragraph)?.[1]?.trim() ?? "";
      if (/^no$/i.test(field("Enabled")) || !field("Types").split(/\s+/).includes("deb")) return [];
      const signedBy = keyringFile(field("Signed-By"));
      return field("URIs")
        .split(/\s+/)
        .map((uri) => ({ uri, signedBy }));
    });
}

/** Signed-By may also hold the key itself or a fingerprint: those are not ours to take over. */
function keyringFile(signedBy: string | undefined): string | undefined {
  return signedBy && /^\/\S+$/.test(signedBy) ? signedBy : undefined;
}
