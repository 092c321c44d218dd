/** Three sounds made of oscillators and noise; no files. Silent until the visitor has pressed something. */
export class Sound {
  #context: AudioContext | undefined;
  isOn = true;

  /** Browsers only allow sound after a key or a click: call it from one. */
  unlock(): void {
    if (typeof AudioContext === "undefined") return;
    this.#context ??= new AudioContext();
    this.#context.resume().catch(() => {});
  }

  /** `loudness` 0 to 1: how near it is. */
  shot(loudness: number): void {
    this.#tone("square", 880, 180, 0.09, 0.035 * loudness);
  }
  hit(loudness: number): void {
    this.#tone("sawtooth", 220, 70, 0.12, 0.09 * loudness);
  }
  pickup(): void {
    this.#tone("sine", 520, 1_040, 0.18, 0.12);
  }
  explosion(loudness: number): void {
    this.#tone("sawtooth", 130, 28, 0.55, 0.16 * loudness);
    this.#tone("square", 61, 20, 0.7, 0.12 * loudness);
  }

  #tone(type: OscillatorType, fromHz: number, toHz: number, seconds: number, volume: number): void {
    const context = this.#context;
    if (!this.isOn || context?.state !== "running" || volume < 0.004) return;
    const now = context.currentTime;
    const tone = new OscillatorNode(context, { type, frequency: fromHz });
    const gain = new GainNode(context, { gain: volume });
    tone.frequency.exponentialRampToValueAtTime(toHz, now + seconds);
    gain.gain.exponentialRampToValueAtTime(0.0005, now + seconds);
    tone.connect(gain).connect(context.destination);
    tone.start();
    tone.stop(now + seconds);
  }
}
