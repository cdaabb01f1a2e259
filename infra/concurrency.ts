import { type LaneName, laneNames, lanes } from "../shared/core/lane.ts";
import { dueShards } from "../shared/core/shard.ts";
import type { Stage } from "./stages.ts";

/** The smallest `MaximumConcurrency` of an event source mapping that AWS accepts. */
const minLaneConcurrency = 2;

/** One invocation each of the dispatcher and the sweeper, because both end before their next tick. */
const tickConcurrency = 2;

/** Executions that Lambda keeps unreserved in every account. */
const unreservable = 100;

/** Maximum number of concurrent invocations of a stage. */
export interface Concurrency {
  readonly workers: Readonly<Record<LaneName, number>>;
  readonly ticks: number;
  /** Invocations to which a dispatcher tick may fan out: one per shard, or none. */
  readonly helpers: number;
  readonly total: number;
}

/**
 * Keeps ticks from starving: workers never exceed their share, each tick function runs once at a time, and the
 * dispatcher fans out only where the account has room for all helpers as well. A duplicate tick waits in Lambda's own
 * queue.
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

/** Concurrency to reserve for the dispatcher with its helpers, and for the sweeper. */
export const reservedConcurrency = (
  stage: Stage,
): { readonly dispatcher: number; readonly sweeper: number } | undefined =>
  stage.reservedTicks === undefined
    ? undefined
    : { dispatcher: stage.reservedTicks + concurrencyOf(stage).helpers, sweeper: stage.reservedTicks };

/** The most urgent lane receives the remainder, so that the sum is the total. */
const workersOf = (total: number): Concurrency["workers"] => {
  const [high, normal, low] = [shareOf("high", total), shareOf("normal", total), shareOf("low", total)];
  return { critical: total - high - normal - low, high, normal, low };
};

const shareOf = (lane: LaneName, total: number): number => {
  const share = lanes.find(({ name }) => name === lane)?.share ?? 0;
  return Math.max(minLaneConcurrency, Math.floor(total * share));
};

/** Returns what is wrong with a stage's concurrency, or undefined. */
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
