import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { access, names } from "../../../localstack/embedded/address.ts";
import { scheduledEvent } from "../../../localstack/embedded/clock.ts";
import type { LogLine } from "../../../localstack/embedded/log-line.ts";
import { type Stack, startStack } from "../../../localstack/embedded/stack.ts";
import { bundleProject } from "../../../scripts/bench/project.ts";
import { chunksOf } from "../../../shared/aws/dynamodb/store.ts";
import { createPorts } from "../../../shared/aws/ports.ts";
import { jsonHash } from "../../../shared/core/json.ts";
import { type LaneName, laneNames } from "../../../shared/core/lane.ts";
import { occurrenceRunId } from "../../../shared/core/schedules/occurrence.ts";
import { schedulePolicy } from "../../../shared/core/schedules/policy.ts";
import type { ScheduleRow } from "../../../shared/core/schedules/schedule-row.ts";
import { dueShards, shardOf } from "../../../shared/core/shard.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import { createMemory } from "../../../shared/testing/memory.ts";
import { useServers } from "../../contract/stage.ts";
import { descendantsOf } from "../processes.ts";
import { until } from "../until.ts";

jest.setTimeout(150_000);

const jobs = `import { defineJob } from "../shared/index.ts";
export const jobs = [defineJob({ name: "beat", run: () => undefined })];
`;

let folder: string;
let stack: Stack;
let ports: Ports;
let lines: LogLine[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-storm-"));
  lines = [];
  const noSchedules = "export const schedules = [];\n";
  const files = { "jobs/index.ts": jobs, "jobs/schedules.ts": noSchedules };
  stack = await startStack({
    dataDir: join(folder, "data"),
    bundles: await bundleProject(join(folder, "project"), files),
    onLine: (line) => void lines.push(line),
    // The first tick, which reconciles, is immediate; the test invokes the others.
    tickMs: 3_600_000,
  });
  const { AWS_ENDPOINT_URL_SQS: sqsUrl, AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl } = stack.env;
  useServers({ sqsUrl, dynamodbUrl });
  ports = createPorts(stack.env, { log: createMemory().ports.log, environmentId: "test" });
  await until(async () => (await ports.watermarks.read()).has("dispatched"));
});
afterEach(async () => {
  await stack.stop(0);
  rmSync(folder, { recursive: true });
});

/** An hourly schedule, created at run time. */
const rowOf = (name: string, lane: LaneName, nextFireAt: number): ScheduleRow => ({
  name,
  lane,
  nextFireAt,
  version: 1,
  source: "runtime",
  state: "active",
  job: "beat",
  rule: { text: `every 1 hour anchored at ${new Date(nextFireAt).toISOString()}` },
  inputHash: jsonHash(undefined),
  policy: schedulePolicy(),
});

/** Names that fall into a few shards only, as loaded as in a storm four times as large. */
const stormNames = (count: number): readonly string[] => {
  const found: string[] = [];
  for (let i = 0; found.length < count; i++)
    if (shardOf(`storm-${i}`, dueShards) < 4) found.push(`storm-${i}`);
  return found;
};

const storeStorm = async (count: number, dueAt: number): Promise<readonly ScheduleRow[]> => {
  const rows = stormNames(count).map((name, i) => rowOf(name, laneNames[i % 4] ?? "low", dueAt));
  for (const chunk of chunksOf(rows, 500)) await ports.schedules.create(chunk);
  return rows;
};

const tick = async () => {
  const lambda = new LambdaClient({ ...access, endpoint: stack.env.AWS_ENDPOINT_URL_LAMBDA });
  const event = scheduledEvent(names.dispatcher, new Date());
  return await lambda.send(
    new InvokeCommand({ FunctionName: names.dispatcher, Payload: JSON.stringify(event) }),
  );
};

const runOf = ({ name, nextFireAt = 0 }: ScheduleRow): string => occurrenceRunId("beat", name, nextFireAt);

/** Waits until all schedules were advanced, and returns their runs. */
const whenDispatched = async (rows: readonly ScheduleRow[]) => {
  const wanted = rows.map(({ name }) => name);
  await until(async () => {
    const now = await ports.schedules.read(wanted);
    return rows.every(({ name, nextFireAt = 0 }) => (now.get(name)?.nextFireAt ?? 0) > nextFireAt);
  });
  const runs = await ports.runs.read(rows.map(runOf));
  expect(runs.size).toBe(rows.length);
  return [...runs.values()];
};

/** Overlapping ticks may both record an instant: all entries say "fired", and none "skipped". */
const expectLedger = async (rows: readonly ScheduleRow[]): Promise<void> => {
  for (const { name, nextFireAt = 0 } of rows.filter((_, i) => i % 20 === 0)) {
    const entries = await ports.ledger.list(name, { limit: 10 });
    expect(new Set(entries.flatMap(({ fired }) => fired))).toEqual(new Set([nextFireAt]));
    expect(entries.flatMap(({ skipped }) => skipped)).toEqual([]);
  }
};

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000 + seconds) * 1_000;

test("a storm is dispatched by fan-out, urgent lanes first, and later schedules are on time", async () => {
  const storm = await storeStorm(3_000, inSeconds(40));
  const later = Array.from({ length: 40 }, (_, i) =>
    rowOf(`later-${i}`, laneNames[i % 4] ?? "low", inSeconds(100)),
  );
  await ports.schedules.create(later);
  await tick();
  const runs = await whenDispatched(storm);
  await expectLedger(storm);
  for (const { createdAt, dueAt } of await whenDispatched(later)) expect(createdAt).toBeLessThan(dueAt);

  // The alarm late-tick reads `latenessMs` of these lines: see infra/alarms.ts.
  const ticks = lines.flatMap(({ text }) => (text.includes('"message":"tick"') ? [JSON.parse(text)] : []));
  expect(ticks.every(({ latenessMs }) => latenessMs >= 0)).toBe(true);
  const helped = ticks.map(({ shardsFannedOut }) => shardsFannedOut);
  expect(helped.toSorted()).toEqual([...Array.from({ length: helped.length - 1 }, () => 0), 4]);

  const meanOf = (lane: LaneName): number => {
    const all = runs.filter((run) => run.lane === lane).map(({ createdAt }) => createdAt);
    return all.reduce((sum, at) => sum + at, 0) / all.length;
  };
  const means = laneNames.map(meanOf);
  expect(means.toSorted((a, b) => a - b)).toEqual(means);
});

test("no occurrence is lost when a tick and its helpers are killed in a storm", async () => {
  const storm = await storeStorm(2_000, inSeconds(60));
  const killed = tick();
  await until(async () => (await ports.runs.read(storm.slice(0, 400).map(runOf))).size > 100);
  for (const pid of dispatchers()) process.kill(pid, "SIGKILL");
  expect((await killed).FunctionError).toBe("Unhandled");
  const left = await ports.schedules.read(storm.map(({ name }) => name));
  expect(storm.some(({ name, nextFireAt }) => left.get(name)?.nextFireAt === nextFireAt)).toBe(true);
  await tick();
  await whenDispatched(storm);
  await expectLedger(storm);
});

/** The pids of the dispatcher's processes. */
const dispatchers = (): readonly number[] =>
  descendantsOf(process.pid).filter((pid) =>
    readFileSync(`/proc/${pid}/environ`, "latin1").includes(`AWS_LAMBDA_FUNCTION_NAME=${names.dispatcher}`),
  );
