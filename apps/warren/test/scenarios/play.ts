import { eventually } from "@warren/testkit";
import { twoInAYard, type World } from "./world.ts";

/** What two players hold down moves both, before the eyes of both. */
export async function play(world: World): Promise<void> {
  const { ann, ben } = await twoInAYard(world);
  const holding = setInterval(() => {
    ann.send({ dx: 1 });
    ben.send({ dx: -2 });
  }, 1000 / ann.tickHz);
  try {
    for (const room of [ann, ben])
      await eventually(() => {
        const [annX = 0, benX = 0] = [ann, ben].map(({ playerId }) => room.state.marks.get(playerId)?.x);
        if (annX >= 10 && benX <= -20) return undefined;
        return `${room.playerId} sees Ann at ${annX} and Ben at ${benX}`;
      });
    await eventually(() =>
      ann.consumedInput > 10 && ben.consumedInput > 10
        ? undefined
        : `inputs ${ann.consumedInput} and ${ben.consumedInput} are consumed`,
    );
  } finally {
    clearInterval(holding);
  }
  await Promise.all([ann.leave(), ben.leave()]);
}
