import { createHash, randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

// A client of RFC 6455 that is only what a virtual player needs: one in a load generator is one of thousands, and what
// reads for them all reads into one buffer.

const OPCODE = { continuation: 0, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const FINAL = 0x80;
const MASKED = 0x80;
const MASK_BYTES = 4;
const HANDSHAKE_BYTES_MAX = 16 * 1024;
const READ_BYTES = 64 * 1024;
/** Closed without a close frame. */
const ABNORMAL = 1006;
const NORMAL = 1000;

/** Sockets are read one after the other, and nobody keeps what was read. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);
/** The same for all: it protects caches of proxies from scripts in pages, and there are none here. */
const KEY = randomBytes(16).toString("base64");
const ACCEPT = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

export interface WebSocketHandlers {
  onOpen(): void;
  /** Valid until it returns. */
  onMessage(message: Buffer): void;
  /** Once. 1006: without a word, `reason` is this side's then. */
  onClose(code: number, reason: string): void;
}

export class WebSocketClient {
  /** Received, with headers of frames. */
  bytesIn = 0;
  readonly #socket: Socket;
  readonly #handlers: WebSocketHandlers;
  #isOpen = false;
  #isClosing = false;
  /** Read, but not whole yet. */
  #rest: Buffer | undefined;
  /** Parts of a message that came in several frames. */
  #parts: Buffer[] | undefined;
  #closed: { readonly code: number; readonly reason: string } | undefined;
  #why = "the connection was lost";

  constructor(url: URL, subprotocol: string, handlers: WebSocketHandlers) {
    this.#handlers = handlers;
    const isTls = url.protocol === "wss:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port || (isTls ? 443 : 80));
    this.#socket = isTls
      ? connectTls({ host, port, servername: host, ALPNProtocols: ["http/1.1"] })
      : connect({
          host,
          port,
          noDelay: true,
          onread: {
            buffer: shared,
            callback: (count) => {
              this.#read(shared.subarray(0, count));
              return true;
            },
          },
        });
    if (isTls) this.#socket.on("data", (chunk) => this.#read(chunk));
    this.#socket.once(isTls ? "secureConnect" : "connect", () =>
      this.#socket.write(
        `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
      ),
    );
    this.#socket.on("error", (error) => (this.#why = error.message));
    this.#socket.once("close", () => {
      const { code, reason } = this.#closed ?? { code: ABNORMAL, reason: this.#why };
      handlers.onClose(code, reason);
    });
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#isClosing;
  }

  send(message: Uint8Array): void {
    if (this.isOpen) this.#write(OPCODE.binary, message);
  }

  close(): void {
    if (!this.#isOpen) return this.destroy();
    if (this.#isClosing) return;
    this.#write(OPCODE.close, new Uint8Array([NORMAL >> 8, NORMAL & 0xff]));
    this.#isClosing = true;
    this.#socket.end();
  }

  /** Without a word. */
  destroy(): void {
    this.#isClosing = true;
    this.#socket.destroy();
  }

  /** The mask is 0, which leaves the bytes as they are. */
  #write(opcode: number, payload: Uint8Array): void {
    const { length } = payload;
    const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    const head = 2 + lengthBytes + MASK_BYTES;
    const frame = Buffer.alloc(head + length);
    frame[0] = FINAL | opcode;
    frame[1] = MASKED | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
    if (lengthBytes === 2) frame.writeUInt16BE(length, 2);
    else if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(length), 2);
    frame.set(payload, head);
    this.#socket.write(frame);
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return;
    let bytes = chunk;
    if (this.#rest) {
      bytes = Buffer.concat([this.#rest, chunk]);
      this.#rest = undefined;
    }
    let at = 0;
    if (!this.#isOpen) {
      at = this.#shakeHands(bytes);
      if (at < 0) return;
    } else this.bytesIn += chunk.length;
    while (at < bytes.length) {
      const taken = this.#frame(bytes, at);
      if (taken === 0) break;
      at += taken;
      if (this.#closed) return;
    }
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  /** Where the answer ends; below 0: not yet, or it was no. */
  #shakeHands(bytes: Buffer): number {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) {
      if (bytes.length > HANDSHAKE_BYTES_MAX) this.#refuse("the answer to the upgrade has no end");
      else this.#rest = Buffer.from(bytes);
      return -1;
    }
    const [status = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
    const accepted = lines.some((line) => /^sec-websocket-accept:/i.test(line) && line.includes(ACCEPT));
    if (!/^HTTP\/1\.1 101\b/.test(status) || !accepted) {
      this.#refuse(`the upgrade was answered with ${status}`);
      return -1;
    }
    this.#isOpen = true;
    this.bytesIn += bytes.length - end - 4;
    this.#handlers.onOpen();
    return end + 4;
  }

  #refuse(why: string): void {
    this.#why = why;
    this.destroy();
  }

  /** How long the frame at `at` is; 0: it is not whole yet. */
  #frame(bytes: Buffer, at: number): number {
    const left = bytes.length - at;
    if (left < 2) return 0;
    const opcode = bytes[at]! & 0x0f;
    const isFinal = (bytes[at]! & FINAL) !== 0;
    let length = bytes[at + 1]! & 0x7f;
    let head = 2;
    if (length === 126) {
      if (left < 4) return 0;
      length = bytes.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127) {
      if (left < 10) return 0;
      length = Number(bytes.readBigUInt64BE(at + 2));
      head = 10;
    }
    if (left < head + length) return 0;
    this.#took(opcode, isFinal, bytes.subarray(at + head, at + head + length));
    return head + length;
  }

  #took(opcode: number, isFinal: boolean, payload: Buffer): void {
    switch (opcode) {
      case OPCODE.ping:
        if (this.isOpen) this.#write(OPCODE.pong, payload);
        return;
      case OPCODE.pong:
        return;
      case OPCODE.close: {
        const hasCode = payload.length >= 2;
        this.#closed = {
          code: hasCode ? payload.readUInt16BE(0) : 1005,
          reason: hasCode ? payload.toString("utf8", 2) : "",
        };
        if (!this.#isClosing) this.#write(OPCODE.close, payload.subarray(0, 2));
        this.#isClosing = true;
        this.#socket.end();
        return;
      }
      case OPCODE.continuation:
      case OPCODE.binary:
        if (isFinal && !this.#parts) return this.#handlers.onMessage(payload);
        this.#parts = [...(this.#parts ?? []), Buffer.from(payload)];
        if (!isFinal) return;
        payload = Buffer.concat(this.#parts);
        this.#parts = undefined;
        return this.#handlers.onMessage(payload);
      default:
        this.#refuse(`a frame of the opcode ${opcode} is not expected`);
    }
  }
}
