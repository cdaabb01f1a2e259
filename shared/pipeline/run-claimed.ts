import { type Change, settle, type Wait } from "../core/change.ts";
import { decide, type Verdict } from "../core/decide.ts";
import { inlineBytes } from "../core/input.ts";
import { bytesOf } from "../core/json.ts";
import type { ScheduleRow } from "../core/occurrence.ts";
import { hasEnded, type Run, type RunFields, type Running } from "../core/run.ts";
import type { LaneCounts } from "../ports.ts";
import type { Applicant } from "./admit.ts";
import { attempt } from "./attempt.ts";
import type { Batch, Delivery, Fate } from "./batch.ts";
import { inputTtl } from "./enqueue.ts";
import { type Guarded, guard } from "./guard.ts";
import { buryRun } from "./letters.ts";
import { inputPart, loadInput, saveResult } from "./payloads.ts";
import { hide, waitFor } from "./putting-off.ts";
import { wakeBuffered } from "./schedules/wake-buffered.ts";
import type { Stop } from "./stop.ts";
import { keepStreak } from "./streak.ts";

/** From the claim to the answer: guard, try, decide, settle, tell the queue. */
export const runClaimed = async (
  batch: Batch,
  { delivery, job }: Applicant,
  run: Running,
  isAlone: boolean,
): Promise<Fate> => {
  const startedAt = batch.ports.clock.now();
  batch.count({ claimed: 1, waitMs: Math.max(0, startedAt - run.due) });
  const guarded = await guard(batch, job, run, isAlone).catch((error: unknown) =>
    notStarted(batch, run, error),
  );
  if (guarded.kind === "again") return await release(batch, run, startedAt);
  const verdict = guarded.kind === "verdict" ? guarded.verdict : await tryOnce(batch, run, guarded);
  const wait = await waitFor(batch, delivery, verdict);
  const now = batch.ports.clock.now();
  const facts = guarded.kind === "go" ? await usedInput(batch, run, guarded) : endedEarly(guarded);
  const settled = settle(run, verdict, now, wait);
  const death = verdict.kind === "dead" ? { deathMessageId: delivery.messageId } : {};
  const change = { ...settled, set: { ...settled.set, ...facts, ...death } };
  const fate = await record(batch, run, verdict, { change, startedAt });
  if (fate) return fate;
  if (guarded.kind === "verdict" && guarded.told)
    await batch.ports.schedules.record([{ ...guarded.told, toldAt: now }]);
  await countDeaths(batch, run, guarded, verdict);
  await wakeNext(batch, run, guarded, verdict);
  return await answer(batch, delivery, run, verdict, wait);
};

/** What its ledger is told the row knows too: a worker killed in between leaves it to whoever has the message next. */
const endedEarly = ({ verdict, told }: Stop): RunFields =>
  verdict.kind === "cancelled" ? { letGo: told !== undefined } : {};

/** An occurrence runs with the input that its schedule has by then: its row is to say so, and a redrive to find it. */
const usedInput = async ({ ports }: Batch, run: Running, { schedule }: Go): Promise<RunFields> => {
  if (schedule?.job !== run.job || schedule.input === undefined) return {};
  const { input, inputHash } = schedule;
  const isKnown = inputHash === run.inputHash;
  if (bytesOf(input) <= inlineBytes) return isKnown ? {} : { inputHash, input };
  const isSaved = isKnown && run.failed > 0;
  if (!isSaved) await ports.payloads.save(run.id, inputPart({ inputHash }), input, inputTtl(run.due));
  return { inputHash, inputStored: true };
};

const countDeaths = async (batch: Batch, run: Running, guarded: Guarded, verdict: Verdict): Promise<void> => {
  if (verdict.kind === "succeeded" || verdict.kind === "dead")
    await keepStreak(batch.ports, run, await scheduleOf(batch, run, guarded), verdict.kind);
};

/** The occurrence that waited for this one starts now. If the call fails, that one finds out by itself. */
const wakeNext = async (batch: Batch, run: Running, guarded: Guarded, verdict: Verdict): Promise<void> => {
  if (verdict.kind === "retry" || verdict.kind === "deferred") return;
  const row = await scheduleOf(batch, run, guarded);
  if (row)
    await wakeBuffered(batch.ports, run, row).catch((error: unknown) =>
      batch.ports.log.warn("waiting occurrence not sent: it checks by itself", {
        run: run.id,
        error: String(error),
      }),
    );
};

/** A run that the guard has ended may have been ended before its schedule was read. */
const scheduleOf = async (
  batch: Batch,
  { schedule: name }: Running,
  guarded: Guarded,
): Promise<ScheduleRow | undefined> => {
  if (name === undefined) return undefined;
  if (guarded.kind === "go") return guarded.schedule;
  return await batch.schedule(name).then(
    ({ row }) => row,
    () => undefined,
  );
};

/** Give a run back, uncharged, to claim it again when the rest of the batch is through. */
const release = async (batch: Batch, run: Running, at: number): Promise<Fate> => {
  const back: Verdict = { kind: "deferred", at };
  return (
    (await record(batch, run, back, { change: settle(run, back, at, "hide"), startedAt: at })) ?? "again"
  );
};

type Go = Extract<Guarded, { kind: "go" }>;

const putOffMs = 5_000;

/** Something could not be read before the handler began: the attempt is given back, and no crash is counted. */
const notStarted = ({ ports }: Batch, run: Running, error: unknown): { kind: "verdict" } & Stop => {
  ports.log.warn("attempt put off: what it needs could not be read", { run: run.id, problem: String(error) });
  return { kind: "verdict", verdict: { kind: "deferred", at: ports.clock.now() + putOffMs } };
};

const tryOnce = async (batch: Batch, run: Running, { job, budgetMs, schedule }: Go): Promise<Verdict> => {
  const { clock, random, payloads } = batch.ports;
  const stored = await loadInput(payloads, run, schedule).catch((error: unknown) =>
    notStarted(batch, run, error),
  );
  if ("verdict" in stored) return stored.verdict;
  if ("lost" in stored) return { kind: "dead", reason: stored.lost };
  const outcome = await attempt(batch.ports, { run, job, input: stored.input, budgetMs });
  return decide(outcome, { retry: job.retry, failed: run.failed, now: clock.now(), random: random.unit() });
};

/** Write the verdict to the row. Answers a fate only when the row is not ours to write. */
const record = async (
  batch: Batch,
  run: Running,
  verdict: Verdict,
  { change, startedAt }: { readonly change: Change; readonly startedAt: number },
): Promise<Fate | undefined> => {
  const { clock, log, payloads } = batch.ports;
  const now = clock.now();
  await saveResult(payloads, run, verdict, now);
  const written = await batch.settle(change);
  if (!written.changed && !isOurs(written.now, change, run)) {
    log.warn("outcome refused: the run has another owner", { run: run.id, verdict: verdict.kind });
    return written.now && hasEnded(written.now.state) ? "done" : "return";
  }
  batch.count({ ...countOf(verdict), workMs: now - startedAt });
  log.info("run", lineOf(run, verdict, startedAt, now));
  return undefined;
};

/**
 * A refusal that carries our own token, on a run in the state we wrote: the write was ours, its reply was lost. One that
 * we parked may have been sent since.
 */
const isOurs = (row: Run | undefined, { set }: Change, { token }: Running): boolean =>
  row?.token === token && (row?.state === set.state || (set.state === "parked" && row?.state === "queued"));

/** What the queue is told, once the row knows. */
const answer = async (
  batch: Batch,
  delivery: Delivery,
  run: Running,
  verdict: Verdict,
  wait: Wait,
): Promise<Fate> => {
  switch (verdict.kind) {
    case "succeeded":
    case "cancelled":
    case "expired":
      return "done";
    case "retry":
    case "deferred":
      if (wait === "park") return "done";
      return await hide(batch, delivery, verdict.at);
    case "dead": {
      const death = { reason: verdict.reason, diedAt: batch.ports.clock.now() };
      return (await buryRun(batch.ports, { ...run, gen: run.gen + 1 }, death)) ? "done" : "return";
    }
  }
};

const countOf = (verdict: Verdict): Partial<LaneCounts> => {
  switch (verdict.kind) {
    case "succeeded":
      return { succeeded: 1 };
    case "retry":
      return { retried: 1 };
    case "dead":
      return { dead: 1 };
    case "deferred":
      return { deferred: 1 };
    case "cancelled":
    case "expired":
      return {};
  }
};

/** One line per attempt, the same on every machine; an operator's screen is made of these. */
const lineOf = (run: Running, verdict: Verdict, startedAt: number, now: number): object => ({
  run: run.id,
  job: run.job,
  lane: run.lane,
  state: verdict.kind,
  attempt: run.attempt - run.base,
  waitMs: Math.max(0, startedAt - run.due),
  tookMs: now - startedAt,
  ...(verdict.kind === "retry" && { reason: `${verdict.error.name}: ${verdict.error.message}` }),
  ...("reason" in verdict && { reason: verdict.reason }),
  ...("at" in verdict && { retryAt: new Date(verdict.at).toISOString() }),
});
