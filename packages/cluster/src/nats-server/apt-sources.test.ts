import { describe, expect, it } from "vitest";
import { debianMirror } from "./apt-sources.ts";

const DEB822 = `Types: deb
# a comment
URIs: https://mirror.example.com/debian-security
Suites: bookworm-security
Components: main

Types: deb deb-src
URIs:
 https://mirror.example.com/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
const mirrorOf = (name: string, text: string) => debianMirror([{ name, text }]);
const DEFAULT = { uri: "http://deb.debian.org/debian", signedBy: undefined };

describe("debianMirror", () => {
  it("[N01] takes the main archive and its keyring from deb822 sources, not the security one", () => {
    expect(mirrorOf("debian.sources", DEB822)).toEqual({
      uri: "https://mirror.example.com/debian/",
      signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
    });
  });

  it("[N01] takes it from one-line sources, with and without options", () => {
    const text =
      "# deb http://no.example.com/debian sid main\ndeb-src http://src.example.com/debian sid main\n" +
      "deb http://packages.example.com/apt stable main\n" +
      "deb [arch=amd64 signed-by=/k.gpg] http://yes.example.com/debian bookworm main";
    expect(mirrorOf("sources.list", text)).toEqual({
      uri: "http://yes.example.com/debian",
      signedBy: "/k.gpg",
    });
    expect(mirrorOf("sources.list", "deb http://yes.example.com/debian sid main").uri).toBe(
      "http://yes.example.com/debian",
    );
  });

  it("[N01] passes over sources that are off, of another kind, or of another distribution", () => {
    expect(mirrorOf("debian.sources", DEB822.replaceAll("Types:", "Enabled: no\nTypes:"))).toEqual(DEFAULT);
    expect(mirrorOf("debian.sources", DEB822.replaceAll(/Types: .*/g, "Types: deb-src"))).toEqual(DEFAULT);
    expect(mirrorOf("ubuntu.sources", DEB822.replaceAll("/debian", "/ubuntu"))).toEqual(DEFAULT);
    expect(mirrorOf("sources.list", "deb cdrom:[Debian]/debian bookworm main")).toEqual(DEFAULT);
    expect(debianMirror([])).toEqual(DEFAULT);
  });

  it("[N01] leaves out a key that is written in the source itself", () => {
    const inline = DEB822.replace(
      /Signed-By: .*/,
      "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc",
    );
    expect(mirrorOf("debian.sources", inline).signedBy).toBeUndefined();
  });
});
