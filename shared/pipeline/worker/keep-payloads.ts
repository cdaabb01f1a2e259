import { bytesOf } from "../../core/json.ts";
import { ttlAt } from "../../core/runs/change.ts";
import type { Verdict } from "../../core/runs/decide.ts";
import { failureOf } from "../../core/runs/failure.ts";
import { inlineBytes } from "../../core/runs/input.ts";
import type { RunFields, Running } from "../../core/runs/run.ts";
import { resultText } from "../../core/runs/settle.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { PayloadPart } from "../../ports/index.ts";
import { inputTtl } from "../enqueue/enqueue.ts";
import { inputPart, resultPart } from "../runs/payloads.ts";
import type { Batch } from "./batch.ts";
import { retryUntil } from "./retry-until.ts";

/** How long to retry saving a payload. The outcome waits for it, and matters more. */
const maxWaitMs = 5_000;

interface Payload {
  readonly part: PayloadPart;
  readonly text: string;
  readonly ttl: number;
}

/** Save a payload, with retries for a few seconds. @throws the error of the last try */
const saveWithRetries = async (batch: Batch, run: Running, { part, text, ttl }: Payload): Promise<void> => {
  const { clock, payloads } = batch.ports;
  const until = Math.min(clock.now() + maxWaitMs, batch.deadlineAt - 2_000);
  let failure: unknown;
  const isSaved = await retryUntil(clock, until, async () => {
    try {
      await payloads.save(run.id, part, text, ttl);
      return true;
    } catch (error) {
      failure = error;
      return undefined;
    }
  });
  if (!isSaved) throw failure;
};

/**
 * Save a large result as an item of its own, before the row that refers to it. If it cannot be saved the run has
 * succeeded all the same, and the row records why there is no result.
 */
export const keepResult = async (batch: Batch, run: Running, verdict: Verdict): Promise<Verdict> => {
  if (verdict.kind !== "succeeded") return verdict;
  const text = resultText(verdict.result);
  if (typeof text !== "string" || bytesOf(text) <= inlineBytes) return verdict;
  try {
    await saveWithRetries(batch, run, { part: resultPart(run), text, ttl: ttlAt(batch.ports.clock.now()) });
    return verdict;
  } catch (error) {
    batch.ports.log.warn("result not saved", { run: run.id, error });
    const resultNote = `a result of ${bytesOf(text)} bytes could not be saved: ${failureOf(error).message}`;
    return { kind: "succeeded", result: undefined, resultNote };
  }
};

/**
 * Keep the input that an occurrence ran with, which is the one its schedule has by then, for views and for a redrive.
 * If it cannot be saved, the row does without it.
 */
export const keepUsedInput = async (
  batch: Batch,
  run: Running,
  schedule: ScheduleRow | undefined,
): Promise<RunFields> => {
  if (schedule?.job !== run.job || schedule.input === undefined) return {};
  const { input, inputHash } = schedule;
  const isKnown = inputHash === run.inputHash;
  if (bytesOf(input) <= inlineBytes) return isKnown ? {} : { inputHash, input };
  if (isKnown && run.failedAttempts > 0) return { inputStored: true };
  try {
    await saveWithRetries(batch, run, {
      part: inputPart({ inputHash }),
      text: input,
      ttl: inputTtl(run.dueAt),
    });
    return { inputHash, inputStored: true };
  } catch (error) {
    batch.ports.log.warn("occurrence input not saved", { run: run.id, error });
    return {};
  }
};
