/** One Server-Sent Event. */
export interface ServerEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** The server says something at least every 15 s; one that is silent for this long is gone. */
const SILENCE_MS_MAX = 40_000;
const EVENT_CHARS_MAX = 256 * 1024;

/** Parses `text/event-stream` as WHATWG describes it: any line ending, comments skipped, data lines joined. */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let unfinished = "";
  let endedWithCr = false;
  let block: string[] = [];
  let blockChars = 0;
  try {
    for (;;) {
      const { done, value } = await soon(reader.read());
      if (done) return;
      let text = decoder.decode(value, { stream: true });
      if (text === "") continue;
      // The line ended with the \r before; this is the rest of \r\n.
      if (endedWithCr && text.startsWith("\n")) text = text.slice(1);
      endedWithCr = text.endsWith("\r");
      const lines = (unfinished + text).split(/\r\n|\n|\r/);
      unfinished = lines.pop() ?? "";
      for (const line of lines) {
        if (line !== "") {
          block.push(line);
          blockChars += line.length;
          continue;
        }
        const event = parseBlock(block);
        block = [];
        blockChars = 0;
        if (event) yield event;
      }
      if (blockChars + unfinished.length > EVENT_CHARS_MAX)
        throw new Error("an event is larger than accepted");
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

async function soon<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no sign of life for ${SILENCE_MS_MAX} ms`)), SILENCE_MS_MAX);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function parseBlock(lines: readonly string[]): ServerEvent | undefined {
  let id: string | undefined;
  let event = "message";
  const data: string[] = [];
  for (const line of lines) {
    const at = line.indexOf(":");
    if (at === 0) continue;
    const field = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (field === "id") id = value;
    else if (field === "event") event = value;
    else if (field === "data") data.push(value);
  }
  return data.length > 0 ? { id, event, data: data.join("\n") } : undefined;
}
