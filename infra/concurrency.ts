import { type LaneName, laneNames, lanes } from "../shared/core/lane.ts";
import { dueShards } from "../shared/core/shard.ts";
import type { Stage } from "./stages.ts";

/** AWS accepts no smaller `MaximumConcurrency` of an event source mapping. */
const minLaneConcurrency = 2;

/** The dispatcher and the sweeper: one invocation each, since both end before their next tick. */
const tickConcurrency = 2;

/** What Lambda keeps unreserved in every account. */
const unreservable = 100;

/** The most invocations of a stage that Lambda may run at the same time. */
export interface Concurrency {
  readonly workers: Readonly<Record<LaneName, number>>;
  readonly ticks: number;
  /** Invocations that a tick of the dispatcher may start to share its work: one per shard, or none. */
  readonly helpers: number;
  readonly total: number;
}

/**
 * Ticks cannot starve: workers never use more than their share, each tick function runs once at a time, and helpers
 * exist only where the account has room for all of them besides. A tick that comes twice waits in Lambda's own queue.
 */
export const concurrencyOf = (
  stage: Pick<Stage, "workerConcurrency" | "accountConcurrency">,
): Concurrency => {
  const withoutHelpers = stage.workerConcurrency + tickConcurrency;
  const helpers = stage.accountConcurrency >= withoutHelpers + dueShards ? dueShards : 0;
  return {
    workers: workersOf(stage.workerConcurrency),
    ticks: tickConcurrency,
    helpers,
    total: withoutHelpers + helpers,
  };
};

/** Reserved for the dispatcher with its helpers, and for the sweeper. */
export const reservedConcurrency = (
  stage: Stage,
): { readonly dispatcher: number; readonly sweeper: number } | undefined =>
  stage.reservedTicks === undefined
    ? undefined
    : { dispatcher: stage.reservedTicks + concurrencyOf(stage).helpers, sweeper: stage.reservedTicks };

/** What the most urgent lane gets is what the others leave, so that the sum is the total. */
const workersOf = (total: number): Concurrency["workers"] => {
  const [high, normal, low] = [shareOf("high", total), shareOf("normal", total), shareOf("low", total)];
  return { critical: total - high - normal - low, high, normal, low };
};

const shareOf = (lane: LaneName, total: number): number => {
  const share = lanes.find(({ name }) => name === lane)?.share ?? 0;
  return Math.max(minLaneConcurrency, Math.floor(total * share));
};

/** What is wrong with a stage's concurrency, or undefined. */
export const concurrencyProblem = (stage: Stage): string | undefined => {
  const { workerConcurrency, accountConcurrency } = stage;
  const minimum = minLaneConcurrency * laneNames.length;
  if (!Number.isInteger(workerConcurrency) || workerConcurrency < minimum) {
    return `workerConcurrency: expected a whole number of at least ${minimum}, ${minLaneConcurrency} for each lane, got ${workerConcurrency}`;
  }
  const { total } = concurrencyOf(stage);
  if (total > accountConcurrency) {
    return `accountConcurrency: expected at least ${total}, for ${workerConcurrency} workers and ${tickConcurrency} ticks, got ${accountConcurrency}; lower workerConcurrency, or ask AWS for a higher quota`;
  }
  return reservationProblem(stage);
};

const reservationProblem = (stage: Stage): string | undefined => {
  const reserved = reservedConcurrency(stage);
  if (!reserved) return undefined;
  if (!Number.isInteger(stage.reservedTicks) || reserved.sweeper < 1) {
    return `reservedTicks: expected a whole number of at least 1, got ${stage.reservedTicks}`;
  }
  const needed = Math.max(unreservable, stage.workerConcurrency) + reserved.dispatcher + reserved.sweeper;
  if (stage.accountConcurrency >= needed) return undefined;
  return `reservedTicks: expected an accountConcurrency of at least ${needed}, since Lambda keeps ${unreservable} unreserved and the workers use what is not reserved, got ${stage.accountConcurrency}; leave reservedTicks out`;
};
