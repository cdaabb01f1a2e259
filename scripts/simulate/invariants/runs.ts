import { isTerminal, type Run } from "../../../shared/core/runs/run.ts";
import { attemptsOf } from "../deployments.ts";
import type { HandlerSpan } from "../effect-ledger.ts";
import type { Check, Evidence } from "./evidence.ts";

/** Every run ends. */
export const allEnd: Check = ({ runs }) =>
  runs.flatMap((run) =>
    isTerminal(run.state) ? [] : [`every run ends: ${run.id} is ${JSON.stringify(run)}`],
  );

/**
 * Once a caller has its answer, the run is there, and ends; it does not start before the instant that was asked for.
 */
export const answersHold: Check = (evidence) =>
  evidence.answers.flatMap((answer) => {
    const { verb, obligation, outcome, answeredAt = 0 } = answer;
    if (outcome !== "ok") return [];
    const { runs = [], notBefore = 0, cancelled, deadLetter } = obligation;
    const missing = runs
      .filter((id) => !evidence.byId.has(id))
      .map((id) => `answers hold: ${verb} answered ${id}, and there is no such run`);
    const early = runs
      .filter((id) => !isChangedAfter(evidence, id, answer.askedAt))
      .flatMap((id) => evidence.handlersOf(id).filter(({ startedAt }) => startedAt >= answeredAt))
      .filter(({ startedAt, skewMs }) => startedAt + skewMs < notBefore)
      .map(({ run }) => `answers hold: ${run} started before the instant that "${verb}" gave it`);
    const late =
      cancelled === undefined || isChangedAfter(evidence, cancelled, answeredAt)
        ? []
        : evidence
            .handlersOf(cancelled)
            .filter(({ startedAt }) => startedAt > answeredAt)
            .map(({ run }) => `answers hold: ${run} started after it was answered as cancelled`);
    const unburied =
      deadLetter === undefined || evidence.letters.some(({ body }) => body.includes(`"${deadLetter}"`))
        ? []
        : [`answers hold: the message ${deadLetter} is no dead letter`];
    return [...missing, ...early, ...late, ...unburied];
  });

/** Whether another command was about a run since: then that one counts. */
const isChangedAfter = ({ answers }: Evidence, id: string, at: number): boolean =>
  answers.some(({ about, askedAt, verb }) => askedAt > at && (about === id || verb.startsWith("retry all")));

/** A dead run has used its attempts, or says truly what else ended it. */
export const deathsAreTrue: Check = (evidence) =>
  evidence.runs.flatMap((run) => {
    if (run.state !== "dead") return [];
    const problem = falseDeath(run, evidence.handlersOf(run.id), killedWorkers(evidence));
    return problem === undefined
      ? []
      : [`deaths are true: ${run.id} is dead, "${run.reason}", but ${problem}`];
  });

const killsToDie = 3;

const falseDeath = (
  run: Extract<Run, { state: "dead" }>,
  handlers: readonly HandlerSpan[],
  killedElsewhere: number,
): string | undefined => {
  const count = (...ends: readonly HandlerSpan["how"][]) =>
    handlers.filter(({ how }) => ends.includes(how)).length;
  if (/killed \d+ times/.test(run.reason)) {
    const killed = count("killed", undefined);
    // A start is recorded before the handler starts: some workers are killed in between.
    return killed === 0 || killed + killedElsewhere < killsToDie
      ? `its handlers were killed ${killed} times`
      : undefined;
  }
  if (/^attempt \d+ of \d+ failed/.test(run.reason)) {
    const failed = count("threw", "aborted");
    const most = attemptsOf[run.job] ?? Number.POSITIVE_INFINITY;
    return failed < most ? `its handlers failed ${failed} times of ${most}` : undefined;
  }
  if (run.reason === "it never will") return count("fatal") === 0 ? "no handler said so" : undefined;
  return "nothing in this simulation ends a run so";
};

/** A run is charged for nothing that did not start. */
export const chargesAreTrue: Check = (evidence) =>
  evidence.runs.flatMap((run) => {
    const handlers = evidence.handlersOf(run.id);
    const failed = handlers.filter(({ how }) => how !== "returned").length;
    const problems: string[] = [];
    if (run.failedAttempts > failed)
      problems.push(`${run.failedAttempts} failed attempts, ${failed} handlers that failed`);
    const crashes = run.crashes ?? 0;
    // A start is recorded before the handler starts: a worker that is killed in between has started nothing.
    const unrecorded = handlers.filter(({ how }) => how !== "returned").length + killedWorkers(evidence);
    if (crashes > unrecorded) problems.push(`${crashes} crashes, ${unrecorded} workers that may be them`);
    return problems.map((problem) => `charges are true: ${run.id} has ${problem}`);
  });

const killedWorkers = ({ world }: Evidence): number =>
  world.decisions.taken().filter(({ key }) => /^worker .*: killed (before|after) it$/.test(key)).length;

/** Every death has its dead letter, and every dead letter of the pipeline belongs to a death. */
export const deathsHaveLetters: Check = ({ runs, letters, byId }) => {
  const missing = runs.flatMap((run) => {
    if (run.state !== "dead") return [];
    const own = letters.filter(
      ({ run: id, generation, reason }) =>
        id === run.id && generation === run.generation && reason !== undefined,
    );
    return own.length > 0 ? [] : [`one dead letter per death: ${run.id} is dead and has none`];
  });
  const untrue = letters.flatMap(({ run: id, reason }) => {
    if (id === undefined) return [];
    const run = byId.get(id);
    if (!run) return [`one dead letter per death: there is one of ${id}, which is no run`];
    return reason === undefined ? [`one dead letter per death: one of ${id} was left without a reason`] : [];
  });
  return [...missing, ...untrue];
};

/** Without faults a death has exactly one dead letter. A fault on its way may double it. */
export const deathsHaveOneLetter: Check = ({ letters, world }) => {
  if (world.decisions.taken().some(({ key }) => !isSetup(key))) return [];
  return [...Map.groupBy(letters, ({ run, generation }) => `${run} of generation ${generation}`)].flatMap(
    ([name, same]) =>
      same.length > 1 && same[0]?.run !== undefined
        ? [`one dead letter per death: ${name} has ${same.length}`]
        : [],
  );
};

const isSetup = (key: string): boolean =>
  /^(schedule |command |handler .*(throws|long|good)$|deploy|there is)/.test(key);

/** Code that must never throw did not throw. */
export const nothingCrashes: Check = ({ world }) => world.crashes.map((crash) => `nothing crashes: ${crash}`);
