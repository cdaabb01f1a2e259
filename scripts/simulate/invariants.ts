import type { Effect, EffectLedger } from "./effect-ledger.ts";
import { attempts } from "./jobs.ts";

/** A run's row as plain data. */
export interface Row {
  readonly id: string;
  readonly state: string;
  readonly gen: number;
  readonly failed: number;
  readonly reason?: string | undefined;
  readonly letGo?: boolean | undefined;
  readonly schedule?: string | undefined;
}

/** What the ledger says of one instant of a schedule. */
export interface Told {
  readonly at: number;
  readonly fate: string;
}

/** All that is left when a simulated life is over. */
export interface Remains {
  readonly rows: readonly Row[];
  readonly effects: EffectLedger;
  readonly skewMs: number;
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly histories: ReadonlyMap<string, readonly Told[]>;
  readonly audits: ReadonlyMap<
    string,
    { readonly missing: readonly string[]; readonly unexpected: readonly string[] }
  >;
  /** Instants after this one are not checked: the pipeline was being stopped. */
  readonly until: number;
}

/** The states that end a run, written down apart from the product's own. */
export const terminal: ReadonlySet<string> = new Set(["succeeded", "dead", "cancelled", "expired"]);

/** Each promise that the life broke, in one line. */
export const violations = (remains: Remains): readonly string[] => [
  ...remains.rows.flatMap((row) => ofRow(row, remains)),
  ...ofPromises(remains),
  ...ofEffects(remains),
  ...ofSchedules(remains),
];

const ofRow = (row: Row, remains: Remains): readonly string[] => [
  ...(terminal.has(row.state) ? [] : [`${row.id} is still ${row.state} after everything was well for hours`]),
  ...(row.state === "dead" ? ofDeath(row, remains) : []),
  ...(row.failed > remains.effects.of(row.id).length
    ? [
        `${row.id} was charged with ${row.failed} failures and started ${remains.effects.of(row.id).length} times`,
      ]
    : []),
  ...(row.state === "succeeded" && !remains.effects.of(row.id).some(({ outcome }) => outcome === "returned")
    ? [`${row.id} has succeeded, and no handler of it returned`]
    : []),
];

const ofDeath = ({ id, reason = "" }: Row, { effects, deadLetters }: Remains): readonly string[] => {
  const all = effects.of(id);
  const killed = all.filter((effect) => effect.isKilled()).length;
  const failed = all.filter(({ outcome }) => outcome === "threw" || outcome === "aborted").length;
  const isRight =
    (/killed \d+ times/.test(reason) && killed >= 3) ||
    (/^attempt \d+ of/.test(reason) && failed >= attempts);
  return [
    ...(isRight
      ? []
      : [`${id} is dead (${reason}) after ${failed} failures and ${killed} kills of its handler`]),
    ...(deadLetters.has(id) ? [] : [`${id} is dead and has no dead letter`]),
  ];
};

const ofPromises = ({ rows, effects }: Remains): readonly string[] => {
  const ids = new Set(rows.map(({ id }) => id));
  return [...effects.promised].flatMap((id) => (ids.has(id) ? [] : [`${id} was promised and has no row`]));
};

const ofEffects = ({ effects, skewMs }: Remains): readonly string[] => [
  ...effects.all.flatMap((effect) =>
    effect.startedAt < effect.dueAt - skewMs ? [`${effect.run} started before it was due`] : [],
  ),
  ...[...new Set(effects.all.map(({ run }) => run))].flatMap((run) => ofOneRun(run, effects)),
  ...ofTwoJobs(effects),
];

const isLive = (effect: Effect): boolean => !effect.isKilled();

const ofOneRun = (run: string, effects: EffectLedger): readonly string[] => {
  const all = effects.of(run);
  const pairs = all.flatMap((first) =>
    all.flatMap((second) => (isAfter(second, first) ? [{ first, second }] : [])),
  );
  const beside = pairs.some(
    ({ first, second }) =>
      isLive(first) && isLive(second) && second.startedAt < (first.endedAt ?? Number.POSITIVE_INFINITY),
  );
  const again = pairs.some(
    ({ first, second }) =>
      isLive(first) &&
      first.outcome === "returned" &&
      first.endedAt !== undefined &&
      second.startedAt >= first.endedAt &&
      !effects.isTouched(run, "runs.retry"),
  );
  return [
    ...(beside ? [`${run}: two handlers at once`] : []),
    ...(again ? [`${run}: started again after its handler had returned`] : []),
  ];
};

const isAfter = (second: Effect, first: Effect): boolean =>
  second !== first && second.startedAt >= first.startedAt;

/** An occurrence runs as one job only. */
const ofTwoJobs = ({ all }: EffectLedger): readonly string[] => {
  const occurrences = all.filter(({ run }) => run.includes("@"));
  const byKey = Map.groupBy(occurrences, ({ run }) => run.slice(run.indexOf(":") + 1));
  return [...byKey].flatMap(([key, some]) => {
    const jobs = new Set(some.map(({ run }) => run.slice(0, run.indexOf(":"))));
    return jobs.size > 1 ? [`${key} ran as ${[...jobs].join(" and ")}`] : [];
  });
};

const ofSchedules = (remains: Remains): readonly string[] => [
  ...[...remains.audits].flatMap(([name, { missing, unexpected }]) => [
    ...(missing.length > 0 ? [`${name}: the ledger has no entry for ${missing.join(", ")}`] : []),
    ...(unexpected.length > 0 ? [`${name}: fired outside its rule: ${unexpected.join(", ")}`] : []),
  ]),
  ...[...remains.histories].flatMap(([name, times]) =>
    times.flatMap((told) => ofInstant(name, told, remains)),
  ),
];

const ofInstant = (
  name: string,
  { at, fate }: Told,
  { rows, effects, until }: Remains,
): readonly string[] => {
  if (at > until) return [];
  const key = `${name}@${new Date(at).toISOString().replace(".000Z", "Z")}`;
  const runs = rows.filter(({ id }) => id.endsWith(`:${key}`));
  const hasRun = runs.some(({ id }) => effects.of(id).length > 0);
  const isSkipped = fate === "skipped";
  const areAllSkipped = runs.length > 0 && runs.every(({ state, letGo }) => state === "cancelled" && letGo);
  return [
    ...(isSkipped && hasRun ? [`${key} is recorded as skipped, and it ran`] : []),
    ...(!isSkipped && runs.length === 0 ? [`${key} is recorded as ${fate}, and there is no run`] : []),
    ...(!isSkipped && areAllSkipped ? [`${key} is recorded as ${fate}, and its schedule skipped it`] : []),
  ];
};
