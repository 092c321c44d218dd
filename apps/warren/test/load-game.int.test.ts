import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadGame } from "../src/load-game.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const GAME = `
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
const arena = defineRoom({ seats: 2, state: t.state({ phase: t.u8() }) });
`;

it("loads TypeScript and finds the page beside it", async () => {
  const file = join(folder, "good.ts");
  await writeFile(
    file,
    `${GAME}const seats: number = 2;\nexport default defineGame({ rooms: { arena } });\n`,
  );
  expect(await loadGame(file)).toMatchObject({ file, webFolder: undefined, game: { queues: {} } });
});

it("loads the demo when nothing is said", async () => {
  const { game, webFolder } = await loadGame(undefined);
  expect([Object.keys(game.rooms), webFolder]).toEqual([["arena"], expect.stringMatching(/arena[\\/]web$/)]);
});

it.each<[title: string, name: string, source: string, why: RegExp]>([
  [
    "has no default export",
    "none.ts",
    "export const x = 1;\n",
    /has no default export made by defineGame\(\{ rooms, queues \}\)$/,
  ],
  [
    "exports something else",
    "other.ts",
    "export default { rooms: 1 };\n",
    /has no default export made by defineGame/,
  ],
  [
    "has a syntax error",
    "typo.ts",
    "export default {\n  rooms: [\n",
    /cannot be loaded: typo\.ts:3:1: Unexpected end of file$/,
  ],
  [
    "imports what is not there",
    "import.ts",
    'import x from "./gone.ts";\nexport default x;\n',
    /cannot be loaded: import\.ts:1:15: Could not resolve "\.\/gone\.ts"$/,
  ],
  [
    "imports a package that is not there",
    "package.ts",
    'import x from "no-such-package-here";\nexport default x;\n',
    /cannot be loaded: package\.ts:1:15: Could not resolve "no-such-package-here"$/,
  ],
  [
    "throws",
    "throw.ts",
    'throw new Error("no luck\\nat all");\n',
    /cannot be loaded: no luck( \(throw\.ts:1:7\))?$/,
  ],
  [
    "names a room that is not there",
    "queue.ts",
    `${GAME}export default defineGame({ rooms: { arena }, queues: { duel: defineQueue({ room: "arean", size: 2 }) } });\n`,
    /cannot be loaded: queues\.duel\.room is "arean"; accepted: arena( \(queue\.ts:\d+:\d+\))?$/,
  ],
])("a file that %s is a GameError of one line", async (_title, name, source, why) => {
  const file = join(folder, name);
  await writeFile(file, source);
  const loading = loadGame(file);
  await expect(loading).rejects.toMatchObject({ name: "GameError", message: expect.stringMatching(why) });
  await expect(loading).rejects.toThrow(file);
});

it.each(["gone.ts", "."])("%s is not a file", async (name) => {
  await expect(loadGame(join(folder, name))).rejects.toThrow(
    / is not a file; give the file that exports your game$/,
  );
});
