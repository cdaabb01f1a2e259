import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startAsyncInvocations } from "../../localstack/embedded/async-invocations.ts";
import { scheduledEvent, startClock } from "../../localstack/embedded/clock.ts";
import { startFunction } from "../../localstack/embedded/function.ts";
import { functionConfigs } from "../../localstack/embedded/functions.ts";
import { startReaper } from "../../localstack/embedded/reaper.ts";
import { createResources } from "../../localstack/embedded/resources.ts";
import { startServers } from "../../localstack/embedded/servers.ts";
import { chunksOf } from "../../shared/aws/dynamodb/store.ts";
import { type LaneName, laneNames } from "../../shared/core/lane.ts";
import { occurrenceRunId } from "../../shared/core/schedules/occurrence.ts";
import { dueShards, shardNumbers } from "../../shared/core/shard.ts";
import type { Ports } from "../../shared/ports/index.ts";
import { portsOf } from "./bench-ports.ts";
import { countProcessorTime, type ProcessorTime } from "./processor-time.ts";
import { noop } from "./project/jobs.ts";
import { bundleBench } from "./project.ts";
import { dailyRow, loadRows } from "./scale-rows.ts";
import { inScratch } from "./scratch.ts";
import type { EmbeddedServers } from "./servers.ts";
import { count, processorTable, table } from "./table.ts";

export interface Storm {
  readonly due: number;
  readonly seconds: number;
  /** Items per second that the store accepted by BatchWriteItem, without other work. */
  readonly storeSpeed: number;
  readonly invocations: number;
  /** Seconds from the first tick to a lane's first, middle and last run. */
  readonly lanes: readonly { readonly lane: LaneName; readonly at: readonly [number, number, number] }[];
  readonly missing: number;
  readonly processors: ProcessorTime;
}

/** Concurrent invocations of a fan-out, as in localstack/embedded/deployment.ts. */
const helpers = 4;

/** Measures schedules of all lanes that are due in the same second. No worker is running. */
export const measureStorm = (due: number): Promise<Storm> =>
  withDispatcher(async ({ env, dispatcher, tick }) => {
    const ports = portsOf(env, env);
    // Before any schedule is stored, because a cold start reconciles.
    await dispatcher.invoke(scheduledEvent(dispatcher.name, new Date()));
    const dueAt = Math.floor(Date.now() / 1_000) * 1_000;
    const loadFrom = Date.now();
    await loadRows(env, due, (i) => dailyRow(`storm-${i}`, laneOf(i), dueAt));
    const storeSpeed = (2_000 * due) / (Date.now() - loadFrom);
    const before = dispatcher.invocations();
    const processorTime = countProcessorTime();
    const begin = Date.now();
    const clock = tick();
    await waitUntilDispatched(ports, dueAt, begin + maxWaitMs);
    const seconds = (Date.now() - begin) / 1_000;
    const processors = processorTime();
    const invocations = dispatcher.invocations() - before;
    await clock.stop();
    return {
      due,
      seconds,
      storeSpeed,
      invocations,
      processors,
      ...(await laneOrder(ports, { due, dueAt, begin })),
    };
  });

const laneOf = (i: number): LaneName => laneNames[i % laneNames.length] ?? "low";

interface Dispatcher extends Pick<EmbeddedServers, "env"> {
  readonly dispatcher: Pick<ReturnType<typeof startFunction>, "name" | "invoke"> & { invocations(): number };
  tick(): ReturnType<typeof startClock>;
}

/** Starts the servers, and a dispatcher that can invoke itself. */
const withDispatcher = <Answer>(measure: (outside: Dispatcher) => Promise<Answer>): Promise<Answer> =>
  inScratch(async (folder) => {
    const bundles = await bundleBench(join(folder, "project"));
    const reaper = startReaper();
    const servers = await startServers({ dataDir: folder, reaper });
    const env = await createResources(servers);
    const config = functionConfigs({ bundles, env, environment: {} }).dispatcher;
    const onLine = ({ stream, text }: { stream: string; text: string }): void => {
      if (stream !== "stdout" || text.includes('"WARN"') || text.includes('"ERROR"')) console.error(text);
    };
    const fn = startFunction(config, { reaper, onLine });
    let begun = 0;
    const counted = {
      ...fn,
      invoke(event: unknown) {
        begun++;
        return fn.invoke(event);
      },
      invocations: () => begun,
    };
    const helping = startAsyncInvocations(counted, helpers);
    servers.lambda.deploy([{ ...counted, ...helping }]);
    try {
      const tick = () => startClock({ targets: [counted], everyMs: 60_000 });
      return await measure({ env, dispatcher: counted, tick });
    } finally {
      await helping.stop();
      await fn.stop();
      await servers.stop();
      await reaper.stop();
    }
  });

const maxWaitMs = 1_200_000;

/** Waits until every schedule is advanced. Messages prove nothing: overlapping ticks may send duplicates. */
const waitUntilDispatched = async ({ schedules }: Ports, until: number, deadline: number): Promise<void> => {
  for (const lane of laneNames) {
    for (const shard of shardNumbers(dueShards)) {
      while ((await schedules.due(lane, { shard, until, limit: 1 })).ids.length > 0) {
        if (Date.now() > deadline) return;
        await wait(200);
      }
    }
  }
};

/** Reads from the runs when each was created. */
const laneOrder = async ({ runs }: Ports, storm: { due: number; dueAt: number; begin: number }) => {
  const ids = Array.from({ length: storm.due }, (_, i) =>
    occurrenceRunId(noop.name, `storm-${i}`, storm.dueAt),
  );
  const rows: { readonly lane: LaneName; readonly createdAt: number }[] = [];
  for (const chunk of chunksOf(ids, 1_000)) rows.push(...(await runs.read(chunk)).values());
  const lanes = laneNames.map((lane) => {
    const at = rows
      .filter((row) => row.lane === lane)
      .map(({ createdAt }) => (createdAt - storm.begin) / 1_000)
      .sort((a, b) => a - b);
    const part = (share: number): number => at[Math.floor(share * (at.length - 1))] ?? Number.NaN;
    return { lane, at: [part(0), part(0.5), part(1)] as const };
  });
  return { lanes, missing: storm.due - rows.length };
};

export const describeStorm = ({
  due,
  seconds,
  storeSpeed,
  invocations,
  lanes,
  missing,
  processors,
}: Storm): string =>
  [
    `**${count(due / seconds)} occurrences per second**: ${count(due)} schedules due in the same second, as many on each lane, were dispatched in ${seconds.toFixed(1)} s by ${invocations} invocations, of which up to ${helpers + 1} at once; ${missing === 0 ? "each is one run" : `**${missing} have no run**`}. No worker is running. An occurrence is three writes to the store, which handled ${count((3 * due) / seconds)} a second, compared with ${count(storeSpeed)} while it only stored the schedules.`,
    "",
    table(
      ["lane", "first run after", "half after", "last after"],
      lanes.map(({ lane, at }) => [lane, ...at.map((seconds) => `${seconds.toFixed(1)} s`)]),
    ),
    "",
    processorTable(processors),
  ].join("\n");
