import { join } from "node:path";
import { scheduledEvent } from "../../localstack/embedded/clock.ts";
import { type LambdaFunction, startFunction } from "../../localstack/embedded/function.ts";
import { functionConfigs } from "../../localstack/embedded/functions.ts";
import { chunksOf } from "../../shared/aws/dynamodb/store.ts";
import type { Ports } from "../../shared/ports/index.ts";
import { portsOf } from "./bench-ports.ts";
import type { Options } from "./options.ts";
import { countProcessorTime, type ProcessorTime } from "./processor-time.ts";
import { bundleBench } from "./project.ts";
import { type EmbeddedServers, withServers } from "./servers.ts";
import { count, processorTable } from "./table.ts";

export interface Dispatching {
  readonly due: number;
  readonly seconds: number;
  readonly invocations: number;
  readonly processors: ProcessorTime;
}

/** Measures how long one dispatcher takes for schedules that are due at the same instant. No worker is running. */
export const measureDispatch = ({ due }: Pick<Options, "due">): Promise<Dispatching> =>
  withServers(async (servers) => {
    const instant = Math.floor(Date.now() / 1_000) * 1_000;
    const schedules = `make.togetherAt(${due}, ${instant})`;
    const dispatcher = await startDispatcher(servers, schedules);
    try {
      const ports = portsOf(servers.env, servers.env);
      await warmUp(dispatcher);
      await makeDue(ports, instant);
      return { due, ...(await dispatchAll(dispatcher, ports, due)) };
    } finally {
      await dispatcher.stop();
    }
  });

const startDispatcher = async (
  { env, reaper, folder }: EmbeddedServers,
  schedules: string,
): Promise<LambdaFunction> => {
  const bundles = await bundleBench(join(folder, "project"), schedules);
  const { dispatcher } = functionConfigs({ bundles, env, environment: {} });
  return startFunction(dispatcher, {
    reaper,
    onLine: ({ stream, text }) => stream === "stdout" || console.error(text),
  });
};

/** Creates the schedules, whose next occurrence is an hour away, and dispatches nothing. */
const warmUp = async (dispatcher: LambdaFunction): Promise<void> => {
  for (let tries = 0; tries < 10; tries++) {
    const { ok } = await dispatcher.invoke(scheduledEvent(dispatcher.name, new Date()));
    if (ok) return;
  }
  throw new Error("the dispatcher failed ten times");
};

/** Resets the schedules as if the instant had not been dispatched yet. */
const makeDue = async ({ schedules }: Ports, instant: number): Promise<void> => {
  for (const rows of chunksOf(await schedules.all(), 500)) {
    await schedules.change(
      rows.map((row) => ({
        row: { ...row, nextFireAt: instant },
        when: { version: row.version, nextFireAt: row.nextFireAt },
      })),
    );
  }
};

const dispatchAll = async (dispatcher: LambdaFunction, { queue }: Ports, due: number) => {
  const processorTime = countProcessorTime();
  const from = Date.now();
  let invocations = 0;
  let sent = 0;
  while (sent < due) {
    await dispatcher.invoke(scheduledEvent(dispatcher.name, new Date()));
    invocations++;
    const before = sent;
    sent = (await queue.depth("normal")).visible;
    if (sent === before)
      throw new Error(`the dispatcher sent ${sent} of ${due} occurrences, and then no more`);
  }
  return { seconds: (Date.now() - from) / 1_000, invocations, processors: processorTime() };
};

export const describeDispatch = ({ due, seconds, invocations, processors }: Dispatching): string =>
  [
    `**${count(due / seconds)} occurrences per second** by one dispatcher: ${count(due)} schedules due at once took it ${seconds.toFixed(1)} s in ${invocations} invocation${invocations === 1 ? "" : "s"}. Each occurrence is a row, a message, a ledger entry and an advance of its schedule: 7 write units before any worker.`,
    "",
    processorTable(processors),
  ].join("\n");
