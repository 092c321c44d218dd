/** Takes what is sent to a client; the bytes may be reused when it returns. */
export type Send = (client: number, bytes: Uint8Array) => void;
