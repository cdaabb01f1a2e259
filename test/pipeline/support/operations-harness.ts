import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import type { Job, Schedule } from "../../../shared/index.ts";
import { operations } from "../../../shared/operations/index.ts";
import { operate } from "../../../shared/operations/operation.ts";
import type { PipelineContext } from "../../../shared/pipeline/context.ts";
import { createPipeline, minute, scriptedJob, second, type TestPipeline } from "./pipeline-harness.ts";

/** Create a pipeline on virtual time, and an operator who calls operations by name. */
export const createOperatedPipeline = (
  schedulesOf: (job: Job) => readonly Schedule[] = () => [],
  { scripted, started } = scriptedJob(),
) => {
  const schedules = schedulesOf(scripted);
  const pipeline = createPipeline([scripted], schedules);
  const context = { ports: pipeline.ports, registry: defineRegistry([scripted], schedules) };
  return { pipeline, scripted, started, context, ask: operatorOf(() => context) };
};

/** Create an operator who calls operations by name. */
export const operatorOf =
  (context: () => PipelineContext) =>
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of an answer
  async (name: string, input: object = {}): Promise<any> => {
    const operation = operations.find((one) => one.name === name);
    if (!operation) throw new Error(`no operation ${name}`);
    return await operate(operation, input, context());
  };

/** Create a schedule of every minute at midnight. Its occurrences up to 00:02 were sent, and that of 00:00 has run. */
export const createMinutelySchedule = async (more: object = {}) => {
  const operated = createOperatedPipeline();
  await operated.ask("schedules.create", {
    name: "often",
    job: "scripted",
    rule: "every 1 minute",
    input: { value: "rye" },
    ...more,
  });
  await operated.pipeline.live(30 * second);
  const history = async () =>
    describeTimes((await operated.ask("schedules.history", { name: "often" })).times);
  const audit = async () => (await operated.ask("schedules.audit", { name: "often" })).schedules[0];
  return { ...operated, history, audit };
};

/** Run for some time with a tick every two minutes, which is the look-ahead of a tick, and without a sweep. */
export const runTicksOnly = async (pipeline: TestPipeline, ms: number): Promise<void> => {
  const until = pipeline.clock.now() + ms;
  while (pipeline.clock.now() < until) {
    await pipeline.tick();
    await pipeline.drain();
    await pipeline.clock.advance(2 * minute - (pipeline.clock.now() % (2 * minute)));
  }
};

/** Everything that an operator can have changed. */
export const storedIn = async ({ ports, runs }: TestPipeline, name: string) => ({
  schedules: await ports.schedules.all(),
  ledger: await ports.ledger.list(name, { limit: 100 }),
  runs: runs(),
});

/** The runs of a schedule, oldest first, as `00:01:00 succeeded`. */
export const runsOf = ({ runs }: TestPipeline, schedule: string): readonly string[] =>
  runs()
    .filter((run) => run.schedule === schedule)
    .sort((a, b) => a.dueAt - b.dueAt)
    .map(({ dueAt, state }) => `${timeOf(new Date(dueAt).toISOString())} ${state}`);

/** The entries of a history, oldest first, as `00:01:00 fired`. */
export const describeTimes = (
  times: readonly { at: string; outcome: string; reason?: string }[],
): readonly string[] =>
  times
    .toReversed()
    .map(({ at, outcome, reason }) => [timeOf(at), outcome, reason].filter(Boolean).join(" "));

const timeOf = (iso: string): string => iso.slice(11, 19);

/** An instant of the first day. */
export const at = (time: string): string => `2026-01-01T${time}.000Z`;
