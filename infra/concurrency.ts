import { type LaneName, laneNames, lanes } from "../shared/core/lane.ts";
import { dueShards } from "../shared/core/shard.ts";
import type { Settings } from "./settings.ts";

/** The limits of an event source mapping's `MaximumConcurrency`. */
const minLaneConcurrency = 2;
const maxLaneConcurrency = 1_000;

/** One invocation each of the dispatcher and the sweeper, because both end before their next tick. */
const tickConcurrency = 2;

/** Executions that Lambda keeps unreserved in every account. */
const unreservable = 100;

/** Maximum number of concurrent invocations of a pipeline. */
export interface Concurrency {
  readonly workers: Readonly<Record<LaneName, number>>;
  readonly ticks: number;
  /** Invocations to which a dispatcher tick may fan out: one per shard, or none. */
  readonly helpers: number;
  readonly total: number;
}

type WorkerSettings = Pick<Settings, "workerConcurrency" | "lanes">;

/**
 * Keeps ticks from starving: workers never exceed their share, each tick function runs once at a time, and the
 * dispatcher fans out only where the account has room for all helpers as well. A duplicate tick waits in Lambda's own
 * queue.
 */
export const concurrencyOf = (
  settings: WorkerSettings & Pick<Settings, "accountConcurrency">,
): Concurrency => {
  const withoutHelpers = settings.workerConcurrency + tickConcurrency;
  const helpers = settings.accountConcurrency >= withoutHelpers + dueShards ? dueShards : 0;
  return {
    workers: workersOf(settings),
    ticks: tickConcurrency,
    helpers,
    total: withoutHelpers + helpers,
  };
};

/** Concurrency to reserve for the dispatcher with its helpers, and for the sweeper. */
export const reservedConcurrency = (
  settings: Settings,
): { readonly dispatcher: number; readonly sweeper: number } | undefined =>
  settings.reservedTicks === undefined
    ? undefined
    : {
        dispatcher: settings.reservedTicks + concurrencyOf(settings).helpers,
        sweeper: settings.reservedTicks,
      };

/**
 * Gives a lane what its settings say, and the other lanes their shares of the rest. The most urgent of them receives the
 * remainder, so that the sum is the total.
 */
const workersOf = (settings: WorkerSettings): Concurrency["workers"] => {
  const { chosen, sharing } = divided(settings);
  const rest = settings.workerConcurrency - sum(Object.values(chosen));
  const shares = sum(sharing.map(({ share }) => share));
  const [first, ...others] = sharing.map(
    ({ name, share }) =>
      [name, Math.max(minLaneConcurrency, Math.floor((rest * share) / shares + rounding))] as const,
  );
  const shared = Object.fromEntries(others);
  const remainder = first && { [first[0]]: rest - sum(Object.values(shared)) };
  const workers: Readonly<Record<string, number>> = { ...chosen, ...shared, ...remainder };
  const of = (lane: LaneName): number => workers[lane] ?? minLaneConcurrency;
  return { critical: of("critical"), high: of("high"), normal: of("normal"), low: of("low") };
};

/** Separates the lanes with a concurrency of their own from those that share the rest. */
const divided = ({ lanes: own }: WorkerSettings) => {
  const chosen = Object.fromEntries(
    laneNames.flatMap((name) => {
      const concurrency = own[name]?.concurrency;
      return concurrency === undefined ? [] : [[name, concurrency] as const];
    }),
  );
  return { chosen, sharing: lanes.filter(({ name }) => !(name in chosen)) };
};

/** Shares are tenths, which floating point cannot represent: 60 × 0.2 / 0.6 is a little less than 20. */
const rounding = 1e-9;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Returns what is wrong with the concurrency of a pipeline, or undefined. */
export const concurrencyProblem = (settings: Settings): string | undefined => {
  const { workerConcurrency, accountConcurrency } = settings;
  const { chosen, sharing } = divided(settings);
  const wrong = Object.entries(chosen).find(([, concurrency]) => !isLaneConcurrency(concurrency));
  if (wrong !== undefined) {
    return `lanes.${wrong[0]}.concurrency: expected a whole number from ${minLaneConcurrency} to ${maxLaneConcurrency}, got ${wrong[1]}`;
  }
  const minimum = sum(Object.values(chosen)) + minLaneConcurrency * sharing.length;
  if (!Number.isInteger(workerConcurrency) || workerConcurrency < minimum) {
    const each =
      sharing.length === laneNames.length
        ? `${minLaneConcurrency} for each lane`
        : `what lanes says, and ${minLaneConcurrency} for each other lane`;
    return `workerConcurrency: expected a whole number of at least ${minimum}, ${each}, got ${workerConcurrency}`;
  }
  const { total } = concurrencyOf(settings);
  if (total > accountConcurrency) {
    return `accountConcurrency: expected at least ${total}, for ${workerConcurrency} workers and ${tickConcurrency} ticks, got ${accountConcurrency}; lower workerConcurrency, or ask AWS for a higher quota`;
  }
  return reservationProblem(settings);
};

const isLaneConcurrency = (value: number): boolean =>
  Number.isInteger(value) && value >= minLaneConcurrency && value <= maxLaneConcurrency;

const reservationProblem = (settings: Settings): string | undefined => {
  const reserved = reservedConcurrency(settings);
  if (!reserved) return undefined;
  if (!Number.isInteger(settings.reservedTicks) || reserved.sweeper < 1) {
    return `reservedTicks: expected a whole number of at least 1, got ${settings.reservedTicks}`;
  }
  const needed = Math.max(unreservable, settings.workerConcurrency) + reserved.dispatcher + reserved.sweeper;
  if (settings.accountConcurrency >= needed) return undefined;
  return `reservedTicks: expected an accountConcurrency of at least ${needed}, since Lambda keeps ${unreservable} unreserved and the workers use what is not reserved, got ${settings.accountConcurrency}; leave reservedTicks out`;
};
