/** The part of the WebSocket interface the SDK uses. */
export interface WebSocketLike {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
}

/** Opens a WebSocket; the answer need not be open yet. */
export type OpenWebSocket = (url: string, protocol: string) => Promise<WebSocketLike>;

/** The platform's WebSocket: built in everywhere but on Node 20, where `ws` takes its place. */
export const openWebSocket: OpenWebSocket = async (url, protocol) => {
  const native = (globalThis as { WebSocket?: new (url: string, protocol: string) => unknown }).WebSocket;
  if (native) return new native(url, protocol) as WebSocketLike;
  const { WebSocket } = await import("ws");
  return new WebSocket(url, protocol) as unknown as WebSocketLike;
};
