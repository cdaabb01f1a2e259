import type { Run } from "../../../shared/core/runs/run.ts";
import { isChangedByDeploy } from "../deployments.ts";
import { minute, second } from "../world.ts";
import {
  type Check,
  type Evidence,
  type HistoryLine,
  hasUnclearCommand,
  isoOf,
  occurrenceOf,
  type ShownSchedule,
} from "./evidence.ts";

/** The occurrences that are checked: those due while faults were on. */
const isInTime = ({ healedAt }: Evidence, at: number): boolean => at < healedAt - minute;

const intervals: Readonly<Record<string, number>> = {
  "s-allow": 40,
  "s-skip": 30,
  "s-queue": 40,
  "s-later": 40,
  "s-first": 30,
  "s-all": 60,
  "s-none": 40,
  "s-deadly": 60,
};

/** Each instant that is due by a rule that never changed has one line: its run, or a skip with its reason. */
export const eachOnce: Check = (evidence) =>
  evidence.schedules.flatMap((schedule) => {
    const { name, history } = schedule;
    const seconds = intervals[name];
    if (seconds === undefined || isChangedByDeploy(evidence.world, name)) return [];
    const lines = Map.groupBy(history, ({ at }) => at);
    const oldest = Math.min(...history.map(({ at }) => at));
    return instants(evidence, seconds * second)
      .filter((at) => history.length < 200 || at >= oldest)
      .flatMap((at) => problemsOf(evidence, schedule, { at, lines: lines.get(at) ?? [] }));
  });

const instants = (evidence: Evidence, stepMs: number): readonly number[] => {
  const { startedAt } = evidence.world;
  const until = evidence.healedAt - minute;
  return Array.from({ length: Math.ceil((until - startedAt) / stepMs) }, (_, i) => startedAt + i * stepMs);
};

const problemsOf = (
  { byId }: Evidence,
  { name }: ShownSchedule,
  { at, lines }: { readonly at: number; readonly lines: readonly HistoryLine[] },
): readonly string[] => {
  const [line] = lines;
  const say = (problem: string) => [`each occurrence once: ${name} ${isoOf(at)} ${problem}`];
  if (!line) return say("has neither a run nor a skip");
  if (lines.length > 1) return say(`has ${lines.length} lines`);
  if (line.outcome === "skipped") return line.reason ? [] : say("is skipped without a reason");
  return line.run !== undefined && byId.has(line.run) ? [] : say(`is ${line.outcome}, and has no run`);
};

/** No handler of an occurrence that the history shows as skipped has run. */
export const skippedDidNotRun: Check = (evidence) =>
  evidence.schedules.flatMap(({ name, history }) =>
    history
      .filter(
        ({ outcome, at }) => outcome === "skipped" && isInTime(evidence, at) && !isUnclear(evidence, name),
      )
      .flatMap(({ at, reason }) => {
        const ran = evidence.runs.filter(
          ({ id }) => isOccurrence(id, name, at) && evidence.handlersOf(id).length > 0,
        );
        return ran.map(
          ({ id, state }) =>
            `skipped did not run: ${id} is shown as skipped (${reason}), ran, and is ${state}`,
        );
      }),
  );

const isUnclear = hasUnclearCommand;

const isOccurrence = (id: string, schedule: string, at: number): boolean => {
  const occurrence = occurrenceOf(id);
  return occurrence?.schedule === schedule && occurrence.at === at;
};

/** The history and the rows say the same of each occurrence. */
export const historyAgrees: Check = (evidence) =>
  evidence.schedules.flatMap((schedule) => [
    ...linesWithoutRuns(evidence, schedule),
    ...runsWithoutLines(evidence, schedule),
  ]);

const linesWithoutRuns = (evidence: Evidence, { name, history }: ShownSchedule): readonly string[] =>
  history.flatMap(({ at, outcome }) => {
    if (outcome === "skipped" || !isInTime(evidence, at) || isUnclear(evidence, name)) return [];
    const runs = evidence.runs.filter(({ id }) => isOccurrence(id, name, at));
    if (runs.length === 0) return [`history agrees: ${name} ${isoOf(at)} is ${outcome}, and has no run`];
    const isSkipped = runs.every((run) => run.state === "cancelled" && run.skippedBySchedule === true);
    return isSkipped ? [`history agrees: ${name} ${isoOf(at)} is ${outcome}, and its run was skipped`] : [];
  });

/**
 * A dispatcher that was at work during an edit may have made a run by the rule before it, and been killed. A worker
 * that gets the run records that it is skipped; an operator who cancels it before that leaves nothing to record: it
 * never was due.
 */
const wasNeverDue = (
  { answers, handlersOf }: Evidence,
  { id, state, claimCount, createdAt }: Run,
  schedule: string,
): boolean =>
  state === "cancelled" &&
  claimCount === 0 &&
  handlersOf(id).length === 0 &&
  answers.some(
    ({ verb, about, answeredAt = 0 }) =>
      verb === "edit the rule" && about === schedule && Math.abs(answeredAt - createdAt) < minute,
  );

const runsWithoutLines = (evidence: Evidence, { name, history }: ShownSchedule): readonly string[] => {
  const known = new Set(history.map(({ at }) => at));
  const oldest = Math.min(...known);
  return evidence.runs.flatMap((run) => {
    const { id, state } = run;
    const occurrence = occurrenceOf(id);
    if (occurrence?.schedule !== name || isUnclear(evidence, name)) return [];
    const isShown = known.has(occurrence.at) || occurrence.at < oldest || wasNeverDue(evidence, run, name);
    return isShown || !isInTime(evidence, occurrence.at)
      ? []
      : [`history agrees: ${id} is ${state}, and not in the history`];
  });
};

/**
 * An audit finds nothing missing and nothing unexpected. While a deployment that changes a rule is under way, workers
 * of the code before it still run what was sent by the rule before it, and an audit shows that.
 */
export const auditsAreClean: Check = (evidence) =>
  evidence.schedules.flatMap(({ name, audit }) => {
    if (!audit) return [];
    const { missing, unexpected, problem } = audit;
    const isKnown = (at: string) =>
      isChangedByDeploy(evidence.world, name) || mayHaveStarted(evidence, name, Date.parse(at));
    return [
      ...(problem === undefined ? [] : [`audits are clean: ${name}: ${problem}`]),
      ...missing.map((at) => `audits are clean: ${name} misses ${at}`),
      ...unexpected
        .filter((at) => !isKnown(at))
        .map((at) => `audits are clean: ${name} has ${at}, which was not due`),
    ];
  });

/** Whether a worker was killed after it had claimed the run, so that its handler may or may not have started. */
const mayHaveStarted = ({ runs }: Evidence, schedule: string, at: number): boolean =>
  runs.some(
    (run) =>
      isOccurrence(run.id, schedule, at) &&
      run.state === "cancelled" &&
      run.reason.endsWith("an earlier attempt may have started"),
  );

/** Time that a command may take to reach a worker which has read the schedule before it. */
const reachMs = 90 * second;

/** What a pause was answered for does not start for the first time until the schedule is resumed. */
export const pausesHold: Check = (evidence) =>
  evidence.answers.flatMap(({ verb, about, outcome, answeredAt = 0 }) => {
    if (outcome !== "ok" || (verb !== "pause" && verb !== "delete")) return [];
    const next = evidence.answers.find((one) => one.about === about && one.askedAt >= answeredAt);
    const until = next?.askedAt ?? evidence.world.startedAt + 8 * minute;
    return evidence.world.ledger.handlers
      .filter(({ run, startedAt, attempt }) => {
        const isFirst = attempt === 1 && evidence.handlersOf(run)[0]?.startedAt === startedAt;
        return (
          isFirst &&
          startedAt > answeredAt + reachMs &&
          startedAt < until &&
          occurrenceOf(run)?.schedule === about
        );
      })
      .map(({ run }) => `pauses hold: ${run} started after "${verb}" of ${about} was answered`);
  });

/** Schedules that never run two occurrences at once. */
const exclusive: ReadonlySet<string> = new Set(["s-skip", "s-queue", "s-later", "s-first"]);

/** Where the overlap policy says so, one occurrence runs at a time. Those that an operator asked for again are free. */
export const turnsHold: Check = (evidence) => {
  const isFree = (id: string) => (evidence.byId.get(id)?.generation ?? 1) > 1;
  const spans = evidence.world.ledger.handlers.filter(({ run }) => {
    const schedule = occurrenceOf(run)?.schedule;
    return schedule !== undefined && exclusive.has(schedule) && !isFree(run);
  });
  return [...Map.groupBy(spans, ({ run }) => occurrenceOf(run)?.schedule)].flatMap(([schedule, own]) =>
    own.flatMap((later, i) =>
      own.slice(0, i).flatMap((earlier) => {
        const besideMs = (earlier.endedAt ?? Number.POSITIVE_INFINITY) - later.startedAt;
        return earlier.run !== later.run && besideMs > 10 * second
          ? [`turns hold: ${later.run} started beside ${earlier.run} of ${schedule}`]
          : [];
      }),
    ),
  );
};
