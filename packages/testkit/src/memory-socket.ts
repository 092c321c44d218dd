/** A WebSocket that keeps what it is sent and takes it off the wire only as fast as the test says. */
export class MemorySocket {
  /** Every message, copied. */
  readonly sent: Uint8Array[] = [];
  /** How the server closed it. */
  closedBy: { readonly code: number; readonly reason: string } | undefined;
  /** What `bufferedBytes` answers; set `isStuck` to let it grow with what is sent. */
  buffered = 0;
  isStuck = false;
  /** Called with the close, as a transport that tells at once would. */
  onClose: () => void = () => {};

  send(message: Uint8Array): void {
    if (this.closedBy) return;
    this.sent.push(message.slice());
    if (this.isStuck) this.buffered += message.length;
  }

  bufferedBytes(): number {
    return this.buffered;
  }

  close(code: number, reason: string): void {
    if (this.closedBy) return;
    this.closedBy = { code, reason };
    this.onClose();
  }
}
