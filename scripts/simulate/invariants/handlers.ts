import type { HandlerSpan } from "../effect-ledger.ts";
import { second } from "../world.ts";
import { type Check, type Evidence, occurrenceOf } from "./evidence.ts";

const allHandlers = ({ world }: Evidence): readonly HandlerSpan[] => world.ledger.handlers;

/** No handler starts before its run is due, beyond what the clock of its process is ahead. */
export const neverEarly: Check = (evidence) =>
  allHandlers(evidence).flatMap(({ run, startedAt, dueAt, skewMs }) => {
    const due = occurrenceOf(run)?.at ?? dueAt;
    const earlyMs = Math.max(due, dueAt) - (startedAt + skewMs);
    return earlyMs > 0 ? [`never early: ${run} started ${earlyMs} ms before it was due`] : [];
  });

/** The clock skew that a lease allows for. */
const clockMarginMs = 5 * second;

/**
 * No two handlers of a run are active at once, unless the clocks of their processes differ by more than a lease allows
 * for.
 */
export const neverBeside: Check = (evidence) =>
  [...Map.groupBy(allHandlers(evidence), ({ run }) => run)].flatMap(([run, spans]) =>
    spans.flatMap((later, i) =>
      spans.slice(0, i).flatMap((earlier) => {
        const besideMs = (earlier.endedAt ?? Number.POSITIVE_INFINITY) - later.startedAt;
        const allowedMs = Math.max(0, Math.abs(earlier.skewMs - later.skewMs) - clockMarginMs);
        return besideMs > allowedMs
          ? [`one at a time: ${run} started in ${later.process} beside ${earlier.process}`]
          : [];
      }),
    ),
  );

const finalStates: ReadonlySet<string> = new Set(["succeeded", "cancelled", "expired"]);

/** No handler starts once the store has accepted the end of its run, unless the run was requeued since. */
export const noneAfterEnd: Check = (evidence) => {
  const { ends } = evidence.world.ledger;
  const byRun = Map.groupBy(ends, ({ id }) => id);
  return allHandlers(evidence).flatMap(({ run, startedAt }) => {
    const last = byRun.get(run)?.findLast(({ at }) => at < startedAt);
    return last && finalStates.has(last.state)
      ? [`none after the end: ${run} started after it was ${last.state}`]
      : [];
  });
};

/**
 * A handler that returned has ended its run, unless its process was killed before it could write that, or the store did
 * not answer for minutes.
 */
export const finishedCounts: Check = (evidence) => {
  const { decisions, ledger } = evidence.world;
  if (decisions.taken().some(({ key }) => key.startsWith("brown-out"))) return [];
  return [...Map.groupBy(ledger.handlers, ({ run }) => run)].flatMap(([run, spans]) => {
    const first = spans.find(({ how, process }) => how === "returned" && !ledger.killed.has(process));
    const again = first && spans.find(({ startedAt }) => startedAt > (first.endedAt ?? 0));
    return again ? [`what is finished counts: ${run} started again after its handler had returned`] : [];
  });
};

/** A run that succeeded has a handler that returned. */
export const successIsTrue: Check = (evidence) =>
  evidence.runs.flatMap(({ id, state }) =>
    state === "succeeded" && !evidence.handlersOf(id).some(({ how }) => how === "returned")
      ? [`success is true: ${id} is succeeded, and no handler of it returned`]
      : [],
  );

/** An instant of a schedule runs as one job, also when an edit changes the job. */
export const oneJobEach: Check = (evidence) => {
  const started = allHandlers(evidence).flatMap(({ run, job }) => {
    const occurrence = occurrenceOf(run);
    return occurrence ? [{ job, key: run.slice(run.indexOf(":") + 1) }] : [];
  });
  return [...Map.groupBy(started, ({ key }) => key)].flatMap(([key, handlers]) => {
    const jobs = [...new Set(handlers.map(({ job }) => job))];
    return jobs.length > 1 ? [`one job each: ${key} ran as ${jobs.join(" and as ")}`] : [];
  });
};
