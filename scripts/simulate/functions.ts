import type { Registry } from "../../shared/core/jobs/registry.ts";
import { type LaneName, laneNames, laneTimeoutMs, maxReceiveCount } from "../../shared/core/lane.ts";
import { isTerminal } from "../../shared/core/runs/run.ts";
import {
  createReconcilePeriodically,
  type ReconcilePeriodically,
} from "../../shared/pipeline/dispatcher/reconcile-periodically.ts";
import { dispatch } from "../../shared/pipeline/dispatcher/tick.ts";
import { sweep } from "../../shared/pipeline/sweeper/sweep.ts";
import type { Delivery } from "../../shared/pipeline/worker/batch.ts";
import { createMetricsCounter } from "../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../shared/pipeline/worker/process-batch.ts";
import { registryFor } from "./deployments.ts";
import { runProcess } from "./processes.ts";
import { clockText, minute, second, type World } from "./world.ts";

/** Do what the event source mapping does: give what is visible to workers, in batches. */
export const deliverVisible = (world: World): void => {
  for (const lane of laneNames) {
    for (;;) {
      const name = world.unique(`batch of lane ${lane} at ${clockText(world.elapsed())}`);
      const deliveries = world.memory.receive(lane, world.decisions.random.whole(name, 1, 10));
      if (deliveries.length === 0) break;
      const received = deliveries.filter((delivery) => passes(world, lane, delivery));
      if (received.length > 0) startWorker(world, lane, received);
    }
  }
};

/** What may happen to a message on its way to a worker. Answers whether it arrives. */
const passes = (world: World, lane: LaneName, delivery: Delivery): boolean => {
  const { queue } = world.memory.ports;
  const { body, receipt, receiveCount } = delivery;
  const id = runOf(body);
  const key = world.unique(`message of ${id ?? "a bare message"}, received ${receiveCount} times`);
  const delay = world.decisions.random.whole(`${key}: delay`, 1, 90);
  // SQS loses no message. One of a run that has not ended may be lost all the same: its row is enough.
  const isSpare = world.memory.runs().some((run) => run.id === id && !isTerminal(run.state));
  if (isSpare && world.fault(`${key}: lost`, 0.4)) {
    queue.remove(lane, [delivery]);
    return false;
  }
  if (world.fault(`${key}: late`, 0.5)) {
    void queue.hide(lane, receipt, delay);
    return false;
  }
  if (world.fault(`${key}: dead-lettered by the queue, since no worker starts`, 0.3)) {
    giveUp(world, lane, delivery);
    return false;
  }
  if (world.fault(`${key}: delivered twice`, 0.7)) void queue.hide(lane, receipt, Math.ceil(delay / 3));
  return true;
};

/** The run that a message names, if it is one of the pipeline's own. */
const runOf = (body: string): string | undefined => {
  const id: unknown = /"id":"([^"]+)"/.exec(body)?.[1];
  return typeof id === "string" ? id : undefined;
};

/** Receive a message until the queue dead-letters it. */
const giveUp = ({ memory }: World, lane: LaneName, { messageId, receipt, receiveCount }: Delivery): void => {
  const { queue } = memory.ports;
  let last = receipt;
  for (let count = receiveCount; count < maxReceiveCount; count++) {
    void queue.hide(lane, last, 0);
    const again = queue.receive(lane, Number.POSITIVE_INFINITY);
    for (const other of again) {
      if (other.messageId === messageId) last = other.receipt;
      else void queue.hide(lane, other.receipt, 1);
    }
  }
  void queue.hide(lane, last, 0);
  queue.receive(lane, 0);
};

const startWorker = (world: World, lane: LaneName, deliveries: readonly Delivery[]): void => {
  const label = `worker ${lane} ${clockText(world.elapsed())}`;
  const registry = registryFor(world, label);
  const timeoutMs = laneTimeoutMs(lane);
  const { queue } = world.memory.ports;
  void runProcess(world, { label, timeoutMs }, async ({ ports, isDead, label: worker }) => {
    const deadlineAt = ports.clock.now() + timeoutMs;
    const options = { lane, worker, registry, metricsCounter: createMetricsCounter(), deadlineAt };
    const { returned } = await processBatch(ports, options, deliveries);
    const done = deliveries.filter(({ messageId }) => !returned.includes(messageId));
    if (!isDead() && !world.fault(`${worker}: killed before its answer`, 0.5)) queue.remove(lane, done);
  }).catch((error: unknown) => world.crashes.push(`${label}: work threw ${String(error)}`));
};

const functionTimeoutMs = 55 * second;

/** One minute: a tick and a sweep, which may be missed, late or doubled. */
export const startMinute = (world: World): void => {
  const at = clockText(world.elapsed());
  if (!isStandstill(world) && !world.fault(`tick ${at}: missed`, 2)) void startTick(world, `tick ${at}`);
  if (world.fault(`tick ${at}: doubled`, 2)) void startTick(world, `second tick ${at}`);
  if (!world.fault(`sweep ${at}: missed`, 2)) void startSweep(world, `sweep ${at}`);
  if (world.fault(`sweep ${at}: doubled`, 2)) void startSweep(world, `second sweep ${at}`);
};

const outage = "the dispatcher does not run for some minutes";

/** For up to five minutes, so that occurrences are missed. */
const isStandstill = (world: World): boolean => {
  const { random } = world.decisions;
  const from = random.whole(`${outage}: from`, minute, 4 * minute);
  const until = from + random.whole(`${outage}: for`, 3 * minute, 5 * minute);
  const now = world.elapsed();
  return from <= now && now < until && world.faultForAll(outage, 3);
};

/** One tick, as in functions/dispatcher.ts: reconciles the code's schedules if that is due, then dispatches. */
const startTick = async (world: World, name: string): Promise<void> => {
  if (world.fault(`${name}: late`, 2))
    await world.memory.clock.sleep(world.decisions.random.whole(`${name}: delay`, second, 50 * second));
  await runProcess(world, { label: name, timeoutMs: functionTimeoutMs }, async ({ ports, label }) => {
    const registry = registryFor(world, label);
    const [reconciled] = await Promise.allSettled([reconcilerOf(world, registry)(ports, registry)]);
    await dispatch(ports, registry, { deadlineAt: ports.clock.now() + functionTimeoutMs });
    if (reconciled.status === "rejected") throw reconciled.reason;
  }).catch(() => undefined);
};

/** One per deployment, as if each deployment had a single execution environment. */
export const reconcilerOf = ({ reconcilers }: World, registry: Registry): ReconcilePeriodically => {
  const reconciler = reconcilers.get(registry) ?? createReconcilePeriodically();
  reconcilers.set(registry, reconciler);
  return reconciler;
};

const startSweep = async (world: World, label: string): Promise<void> => {
  await runProcess(world, { label, timeoutMs: functionTimeoutMs }, async ({ ports }) => {
    await sweep(ports, registryFor(world, label), ports.clock.now() + functionTimeoutMs);
  }).catch(() => undefined);
};

/** Whether anything is left to do: a run that has not ended, a message, a dead letter that the queue made by itself. */
export const hasWork = ({ memory }: World): boolean => {
  const { queue } = memory.ports;
  const isOwn = ({ reason }: { readonly reason?: string | undefined }) => reason !== undefined;
  return (
    memory.runs().some(({ state }) => !isTerminal(state)) ||
    laneNames.some((lane) => queue.waiting(lane).length > 0 || !queue.dead(lane).every(isOwn))
  );
};
