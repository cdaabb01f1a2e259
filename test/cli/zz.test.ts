import { test } from "@jest/globals";
import { cron, schedule } from "../../shared/index.ts";
import { enqueue } from "../../shared/pipeline/enqueue.ts";
import { createWorld, minute, obedient } from "../pipeline/world.ts";

test("probe", async () => {
  const { scripted } = obedient();
  const world = createWorld([scripted]);
  const { id } = await enqueue(world.ports, scripted, {}, { tenant: "two words" });
  await world.drain();
  console.log(
    world.run(id)?.state,
    world.ports.queue.dead("normal").map((l) => l.reason),
  );
  const at = (zone: string) => [schedule(cron("0 3 * * *", zone), scripted, {}, { name: "n" })];
  await world.deploy([scripted], at("Europe/Madrid"));
  console.log(await world.deploy([scripted], at("America/New_York")), await world.ports.schedules.all());
  void minute;
});
