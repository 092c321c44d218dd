/** Polls until `missing` answers undefined; else fails with the last thing that was missing. For what cannot be awaited. */
export async function eventually(
  missing: () => string | undefined | Promise<string | undefined>,
  timeoutMs = 10_000,
): Promise<void> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const reason = await missing();
    if (reason === undefined) return;
    if (performance.now() > untilMs) throw new Error(`after ${timeoutMs} ms: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
