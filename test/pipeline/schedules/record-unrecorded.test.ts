import { describe, expect, test } from "@jest/globals";
import { killablePorts } from "../support/killable-ports.ts";
import { operatorOf } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { deployPipeline, killPoints, recordingJob } from "../support/schedule-harness.ts";

const createOften = async () => {
  const { job, ran } = recordingJob("beat");
  const deployed = await deployPipeline([job]);
  await deployed.ask("schedules.create", { name: "often", job: "beat", rule: "every 20 seconds", input: {} });
  return { ...deployed, ran };
};

test("leaves nothing unexpected in the audit after an edit whose write passes an instant", async () => {
  const { pipeline, ask, audit } = await createOften();
  await pipeline.live(3 * minute + 39 * second + 500);
  const { change } = pipeline.ports.schedules;
  Object.assign(pipeline.ports.schedules, {
    change: async (changes: Parameters<typeof change>[0]) => {
      Object.assign(pipeline.ports.schedules, { change });
      await pipeline.clock.sleep(1_500);
      return await change(changes);
    },
  });
  const edit = ask("schedules.edit", { name: "often", rule: "every 30 seconds" });
  for (let i = 0; i < 20; i++) {
    void pipeline.start("normal");
    await pipeline.clock.advance(100);
  }
  await edit;
  await pipeline.live(3 * minute);
  expect(await audit("often")).toMatchObject({ missing: [], unexpected: [] });
});

test.each([{ rule: "every 30 seconds" }, { rule: "every 30 seconds", except: ["2026-01-01"] }])(
  "leaves no ledger entry after a refused edit",
  async (edit) => {
    const { pipeline, ask } = await createOften();
    await pipeline.live(minute + second);
    await pipeline.clock.advance(10 * minute);
    const before = await pipeline.ports.ledger.list("often", { limit: 100 });
    const { change } = pipeline.ports.schedules;
    Object.assign(pipeline.ports.schedules, {
      change: async (all: Parameters<typeof change>[0]) => all.map(() => false),
    });
    await expect(ask("schedules.edit", { name: "often", ...edit })).rejects.toThrow();
    Object.assign(pipeline.ports.schedules, { change });
    expect(await pipeline.ports.ledger.list("often", { limit: 100 })).toEqual(before);
  },
);

describe("the occurrences that a change skips are recorded", () => {
  /** A schedule that was down for ten minutes, and a verb whose process is killed at one of its writes. */
  const changed = async (
    verb: string,
    input: object,
    death: { readonly call: number; readonly phase: "before" | "after" },
  ) => {
    const often = await createOften();
    const { pipeline, context } = often;
    await pipeline.live(minute + second);
    await pipeline.clock.advance(10 * minute);
    const { ports, isDead } = killablePorts(pipeline.ports, death);
    void operatorOf(() => ({ ...context(), ports }))(verb, { name: "often", ...input });
    await pipeline.clock.advance(second);
    const [row] = await pipeline.ports.schedules.all();
    const isChanged = row?.version === 2;
    return { ...often, isDead: isDead(), isChanged };
  };

  test.each(killPoints(4))("when an edit is killed $phase its write $call", async (death) => {
    const { pipeline, history, audit, isChanged } = await changed(
      "schedules.edit",
      { rule: "every 30 seconds", catchUp: "none" },
      death,
    );
    const skipped = async () => (await history("often")).filter((line) => line.includes("edited before"));
    expect((await skipped()).length).toBe(isChanged ? 2 : 0);
    await pipeline.live(3 * minute);
    expect((await skipped()).length).toBe(isChanged ? 2 : 0);
    expect(await audit("often")).toMatchObject({ missing: [], unexpected: [] });
    const [row] = await pipeline.ports.schedules.all();
    expect(row?.unrecorded).toBeUndefined();
  });

  test.each(killPoints(3))("when a deletion is killed $phase its write $call", async (death) => {
    const { history, isChanged } = await changed("schedules.delete", {}, death);
    const skipped = (await history("often")).filter((line) => line.includes("deleted before"));
    expect(skipped.length).toBe(isChanged ? 24 : 0);
  });
});
