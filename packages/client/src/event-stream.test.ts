import { describe, expect, it } from "vitest";
import { readEvents, type ServerEvent } from "./event-stream.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function streamOf(chunks: readonly Uint8Array[]): {
  stream: ReadableStream<Uint8Array>;
  cancelled: () => boolean;
} {
  let at = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[at++];
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
    cancel() {
      cancelled = true;
    },
  });
  return { stream, cancelled: () => cancelled };
}

async function read(...chunks: Uint8Array[]): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(streamOf(chunks).stream)) events.push(event);
  return events;
}

const event = (data: string, type = "message", id?: string): ServerEvent => ({ id, event: type, data });

describe("[R4] an event stream", () => {
  it.each<[title: string, text: string, events: ServerEvent[]]>([
    ["nothing", "", []],
    ["an event with id and name", "id: 7\nevent: queued\ndata: {}\n\n", [event("{}", "queued", "7")]],
    ["lines that end with CR LF", "id: 7\r\nevent: queued\r\ndata: {}\r\n\r\n", [event("{}", "queued", "7")]],
    ["lines that end with CR", "event: queued\rdata: a\r\rdata: b\r\r", [event("a", "queued"), event("b")]],
    [
      "lines that end in different ways",
      "data: a\n\r\ndata: b\r\n\ndata: c\r\r\n",
      [event("a"), event("b"), event("c")],
    ],
    ["data of several lines", "data: a\ndata:\ndata: c\n\n", [event("a\n\nc")]],
    ["only the first space goes", "data:  a \n\n", [event(" a ")]],
    ["no space is needed", "data:a:b\n\n", [event("a:b")]],
    ["heartbeats", ": still here\n\ndata: a\n\n: still here\n\n", [event("a")]],
    ["a comment within an event", "data: a\n: b\ndata: c\n\n", [event("a\nc")]],
    ["an event without data is none", "event: queued\nid: 7\n\n", []],
    ["a field without a colon", "data\n\n", [event("")]],
    ["unknown fields", "retry: 5\nnonsense: 1\ndata: a\n\n", [event("a")]],
    ["more empty lines than needed", "\n\n\ndata: a\n\n\n\n", [event("a")]],
    ["an event that is cut off is none", "data: a\n\ndata: b\n", [event("a")]],
    ["a byte order mark", "\ufeffdata: a\n\n", [event("a")]],
  ])("%s", async (_title, text, events) => {
    expect(await read(bytes(text))).toEqual(events);
  });

  it.each([
    "id: 1\nevent: a\ndata: x\n\n: beat\n\nid: 2\nevent: b\ndata: ü€😀\ndata: y\n\n",
    "id: 1\r\nevent: a\r\ndata: x\r\n\r\n: beat\r\n\r\nid: 2\r\nevent: b\r\ndata: ü€😀\r\ndata: y\r\n\r\n",
    "id: 1\revent: a\rdata: x\r\r: beat\r\rid: 2\revent: b\rdata: ü€😀\rdata: y\r\r",
    "id: 1\nevent: a\r\ndata: x\r\r\n: beat\n\r\nid: 2\revent: b\ndata: ü€😀\r\ndata: y\n\n",
  ])("is the same wherever it is cut: %j", async (text) => {
    const whole = bytes(text);
    const events = [event("x", "a", "1"), event("ü€😀\ny", "b", "2")];
    expect(await read(...[...whole].map((byte) => new Uint8Array([byte])))).toEqual(events);
    for (let a = 0; a <= whole.length; a++)
      expect(await read(whole.slice(0, a), whole.slice(a)), `cut at ${a}`).toEqual(events);
  });

  it("an event comes as soon as it is whole", async () => {
    let push: (text: string) => void = () => {};
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        push = (text) => controller.enqueue(bytes(text));
      },
    });
    const events = readEvents(stream);
    push("data: a\n\ndata: b");
    expect((await events.next()).value).toEqual(event("a"));
    push("\n\n");
    expect((await events.next()).value).toEqual(event("b"));
    await events.return(undefined);
  });

  it("lets go of the answer when nobody reads on", async () => {
    const { stream, cancelled } = streamOf([bytes("data: a\n\n"), bytes("data: b\n\n")]);
    for await (const _ of readEvents(stream)) break;
    expect(cancelled()).toBe(true);
  });

  it("an event without end is refused, many small ones are not", async () => {
    await expect(read(bytes(`data: ${"x".repeat(300_000)}`))).rejects.toThrow(/larger than accepted/);
    const many = Array.from({ length: 30_000 }, (_, i) => `data: ${i}\n\n`).join("");
    expect(await read(bytes(many))).toHaveLength(30_000);
  });
});
