import { equal } from "node:assert/strict";
import { eventually } from "@warren/testkit";
import { rest } from "./rest.ts";
import { Visitors, type World } from "./world.ts";

/** A ticket is cancelled at another matchmaker than it was posted to: nobody is matched with it. */
export async function cancel(world: World): Promise<void> {
  const { matchmakers } = world;
  const [posted, cancelled, asked] = [0, 1, 2].map((i) => matchmakers[i % matchmakers.length] as string);
  const { token } = await rest<{ token: string }>("POST", `${posted}/v1/guests`);
  const { ticketId } = await rest<{ ticketId: string }>("POST", `${posted}/v1/tickets`, {
    token,
    body: { queues: ["cancel"], join: { name: "Ann" } },
  });
  await rest("DELETE", `${cancelled}/v1/tickets/${ticketId}`, { token });
  await eventually(async () => {
    const { status } = await rest<{ status: string }>("GET", `${asked}/v1/tickets/${ticketId}`, { token });
    return status === "cancelled" ? undefined : `the ticket is ${status}`;
  });
  const visitors = new Visitors(world);
  const [ben, cid] = await Promise.all([
    visitors.next().play("yard", { queue: "cancel", join: { name: "Ben" } }),
    visitors.next().play("yard", { queue: "cancel", join: { name: "Cid" } }),
  ]);
  equal(ben.id, cid.id);
  await eventually(() => (ben.state.marks.size === 2 ? undefined : `${ben.state.marks.size} are there`));
  const { status } = await rest<{ status: string }>("GET", `${posted}/v1/tickets/${ticketId}`, { token });
  equal(status, "cancelled");
  await Promise.all([ben.leave(), cid.leave()]);
}
