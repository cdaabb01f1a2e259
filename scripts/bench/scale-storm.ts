import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { scheduledEvent, startClock } from "../../localstack/embedded/clock.ts";
import { startEventQueue } from "../../localstack/embedded/event-queue.ts";
import { startFunction } from "../../localstack/embedded/function.ts";
import { functionConfigs } from "../../localstack/embedded/functions.ts";
import { startReaper } from "../../localstack/embedded/reaper.ts";
import { createResources } from "../../localstack/embedded/resources.ts";
import { startServers } from "../../localstack/embedded/servers.ts";
import { createClients } from "../../shared/aws/clients.ts";
import { chunksOf } from "../../shared/aws/store.ts";
import { type LaneName, laneNames } from "../../shared/core/lane.ts";
import { runId } from "../../shared/core/new-run.ts";
import { occurrenceKey } from "../../shared/core/occurrence.ts";
import type { Ports } from "../../shared/ports.ts";
import { portsOf } from "./outside.ts";
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
  readonly invocations: number;
  /** Seconds from the first tick to a lane's first, middle and last run. */
  readonly lanes: readonly { readonly lane: LaneName; readonly at: readonly [number, number, number] }[];
  readonly missing: number;
  readonly processors: ProcessorTime;
}

/** Invocations that help a tick at once, as in localstack/embedded/deployment.ts. */
const helpers = 4;

/** Schedules of all lanes that are due in the same second, and nobody who works on what is sent. */
export const measureStorm = (due: number): Promise<Storm> =>
  withDispatcher(async ({ env, dispatcher, tick }) => {
    const ports = portsOf(env, env);
    const clients = createClients();
    // Before there is anything: a cold start reconciles.
    await dispatcher.invoke(scheduledEvent(dispatcher.name, new Date()));
    const dueAt = Math.floor(Date.now() / 1_000) * 1_000;
    await loadRows(clients.dynamodb, env, due, (i) => dailyRow(`storm-${i}`, laneOf(i), dueAt));
    const before = dispatcher.invocations();
    const processorTime = countProcessorTime();
    const begin = Date.now();
    const clock = tick();
    await allSent(ports, due, begin);
    const seconds = (Date.now() - begin) / 1_000;
    const processors = processorTime();
    const invocations = dispatcher.invocations() - before;
    await clock.stop();
    return { due, seconds, invocations, processors, ...(await laneOrder(ports, { due, dueAt, begin })) };
  });

const laneOf = (i: number): LaneName => laneNames[i % laneNames.length] ?? "low";

interface Dispatcher extends Pick<EmbeddedServers, "env"> {
  readonly dispatcher: Pick<ReturnType<typeof startFunction>, "name" | "invoke"> & { invocations(): number };
  tick(): ReturnType<typeof startClock>;
}

/** The servers, and a dispatcher that can invoke itself. */
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
    const queue = startEventQueue({ target: counted, concurrency: helpers });
    servers.lambda.deploy([{ ...counted, invokeLater: queue.push }]);
    try {
      const tick = () => startClock({ targets: [counted], everyMs: 60_000 });
      return await measure({ env, dispatcher: counted, tick });
    } finally {
      await queue.stop();
      await fn.stop();
      await servers.stop();
      await reaper.stop();
    }
  });

const patienceMs = 1_200_000;

const allSent = async ({ queue }: Ports, due: number, begin: number): Promise<void> => {
  while (Date.now() - begin < patienceMs) {
    const depths = await Promise.all(laneNames.map(queue.depth));
    if (depths.reduce((sum, { visible, delayed }) => sum + visible + delayed, 0) >= due) return;
    await wait(500);
  }
};

/** Read from the runs themselves: when each was made. */
const laneOrder = async ({ runs }: Ports, storm: { due: number; dueAt: number; begin: number }) => {
  const ids = Array.from({ length: storm.due }, (_, i) =>
    runId(noop.name, occurrenceKey(`storm-${i}`, storm.dueAt)),
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

export const tellStorm = ({ due, seconds, invocations, lanes, missing, processors }: Storm): string =>
  [
    `**${count(due / seconds)} occurrences per second**: ${count(due)} schedules due in the same second, as many on each lane, were dispatched in ${seconds.toFixed(1)} s by ${invocations} invocations, of which up to ${helpers + 1} at once; ${missing === 0 ? "each is one run" : `**${missing} have no run**`}. Nobody works on what is sent. The two servers share the machine with the dispatchers.`,
    "",
    table(
      ["lane", "first run after", "half after", "last after"],
      lanes.map(({ lane, at }) => [lane, ...at.map((seconds) => `${seconds.toFixed(1)} s`)]),
    ),
    "",
    processorTable(processors),
  ].join("\n");
