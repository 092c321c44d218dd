import { deepEqual, equal } from "node:assert/strict";
import { eventually } from "@warren/testkit";
import { Visitors, type World } from "./world.ts";

/** Two players queue at different matchmakers: they are matched, and see each other in their first states. */
export async function join(world: World): Promise<void> {
  const visitors = new Visitors(world);
  const [ann, ben] = await Promise.all(
    ["Ann", "Ben"].map(async (name) => {
      const told: string[] = [];
      const onStatus = ({ status }: { status: string }) => void (told.at(-1) !== status && told.push(status));
      const room = await visitors.next().play("yard", { queue: "join", join: { name }, onStatus });
      deepEqual(told, ["connecting", "queued", "placing", "assigned"]);
      return room;
    }),
  );
  if (!ann || !ben) throw new Error("unreachable");
  equal(ann.id, ben.id);
  for (const room of [ann, ben])
    await eventually(() => {
      const names = [...room.state.marks.values()].map(({ name }) => name).sort();
      return String(names) === "Ann,Ben" ? undefined : `${names} are there`;
    });
  await Promise.all([ann.leave(), ben.leave()]);
}
