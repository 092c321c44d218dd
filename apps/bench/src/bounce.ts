// The other thread of the speed probe: returns the ball (odd → the even number below) while there is a game.
import { parentPort, workerData } from "node:worker_threads";
import { BALL, PLAY } from "./machine-mode.ts";

const cells = workerData as Int32Array;
parentPort!.postMessage("ready");
for (;;) {
  Atomics.wait(cells, PLAY, 0);
  while (Atomics.load(cells, PLAY) === 1) {
    const ball = Atomics.load(cells, BALL);
    if (ball % 2 === 1) Atomics.store(cells, BALL, ball - 1);
  }
}
