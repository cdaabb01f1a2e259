import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Counts, countRequests } from "../../../scripts/bench/cost/count.ts";
import { idleUnits } from "../../../shared/core/cost/idle.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob, type Job } from "../../../shared/index.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { sweep } from "../../../shared/pipeline/sweeper/sweep.ts";
import type { PortsFixture } from "../../../shared/testing/contract/fixture.ts";
import { onEmbeddedServers } from "../../contract/embedded.ts";
import { createStage, fixtureFor } from "../../contract/stage.ts";

/** Checks shared/core/cost/idle.ts for a minute in which nothing is due against the answers of the servers. */

onEmbeddedServers();

let fixture: PortsFixture;
let take: () => Counts;
beforeEach(async () => {
  const stage = await createStage();
  ({ take } = countRequests(stage.clients));
  fixture = fixtureFor(stage);
});
afterEach(() => fixture.close());

const deadlineAt = (): number => Date.now() + 55_000;
const registryOf = (jobs: number) =>
  defineRegistry(
    Array.from({ length: jobs }, (_, i): Job => defineJob({ name: `idle-${i}`, run: () => undefined })),
  );

/** Twice, since the first sweep finds no watermarks. */
const second = async (play: () => Promise<unknown>) => {
  await play();
  take();
  await play();
  const counted = take();
  const all = [...counted.values()];
  const sum = (pick: (one: (typeof all)[number]) => number) =>
    all.reduce((total, one) => total + pick(one), 0);
  return {
    reads: sum(({ readUnits }) => readUnits),
    writes: sum(({ tableUnits, indexUnits, refused }) => tableUnits + indexUnits + refused),
    sqsRequests: counted.get("GetQueueAttributes")?.requests ?? 0,
  };
};

test("counts the units of a tick with nothing due", async () => {
  const tick = { deadlineAt: deadlineAt(), pacingMs: 0 };
  expect(await second(() => dispatch(fixture.ports, registryOf(1), tick))).toEqual(idleUnits.tick);
});

test.each([0, 1, 10])("counts the units of a sweep with nothing to do, of %i jobs", async (jobs) => {
  const { reads, writes, sqsRequests } = idleUnits.sweep;
  expect(await second(() => sweep(fixture.ports, registryOf(jobs), deadlineAt()))).toEqual({
    writes,
    sqsRequests,
    reads: reads + idleUnits.sweepOfJob.reads * jobs,
  });
});
