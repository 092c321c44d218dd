import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Testbed } from "@warren/testbed";
import { afterEach, expect, it } from "vitest";

const file = (name: string) => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
let testbed: Testbed | undefined;
afterEach(() => testbed?.close());

const json = async (url: string, init: RequestInit = {}) =>
  (await (await fetch(url, init)).json()) as Record<string, string>;

async function post(
  url: string,
  key: string,
): Promise<{ ticketId: string; headers: Record<string, string> }> {
  const { token } = await json(`${url}/v1/guests`, { method: "POST" });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const { ticketId = "" } = await json(`${url}/v1/tickets`, {
    method: "POST",
    headers: { ...headers, "idempotency-key": key },
    body: JSON.stringify({ queues: ["four"] }),
  });
  return { ticketId, headers };
}

it("all matchmakers are killed at once: no ticket is lost, and whoever came first is matched first", async () => {
  testbed = await Testbed.start({ matchmakers: 2, rooms: 1, game: file("game.js") });
  const [one, two] = testbed.matchmakers.map(({ url }) => url) as [string, string];
  const early = [await post(one, "a"), await post(two, "b"), await post(one, "c")];
  await Promise.all(testbed.matchmakers.map((matchmaker) => matchmaker.restart("SIGKILL")));
  for (const { ticketId, headers } of early)
    expect(await json(`${two}/v1/tickets/${ticketId}`, { headers })).toMatchObject({
      ticketId,
      status: "open",
    });

  // Five for four places.
  const late = [await post(one, "d"), await post(two, "e")];
  const ended = await Promise.all(
    [...early, late[0]!].map(async ({ ticketId, headers }) =>
      (await fetch(`${two}/v1/tickets/${ticketId}/events`, { headers })).text(),
    ),
  );
  for (const text of ended) expect(text).toContain("event: assigned");
  const { ticketId, headers } = late[1]!;
  expect(await json(`${one}/v1/tickets/${ticketId}`, { headers })).toMatchObject({ status: "open" });
}, 90_000);

it("a matchmaker that starts with a full log serves within 5 s", async () => {
  const args = ["cold-start", "--open", "20000", "--history", "60000", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, [file("main.js"), ...args], {
    env: process.env,
    timeout: 110_000,
  });
  const report = JSON.parse(stdout) as { coldMs: number; records: number };
  expect(report).toMatchObject({ open: 20_000, history: 60_000, lost: 0 });
  expect(report.coldMs).toBeLessThan(5_000);
}, 120_000);
