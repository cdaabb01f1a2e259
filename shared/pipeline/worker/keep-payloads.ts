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
import { backoffs } from "./backoffs.ts";
import type { Batch } from "./batch.ts";

/** How long a payload is tried to be saved. The outcome matters more, and waits for it. */
const maxWaitMs = 5_000;

interface Payload {
  readonly part: PayloadPart;
  readonly text: string;
  readonly ttl: number;
}

/** Save a payload, trying again for a few seconds. @throws what the last try threw */
const savePatiently = async (batch: Batch, run: Running, { part, text, ttl }: Payload): Promise<void> => {
  const { clock, payloads } = batch.ports;
  const until = Math.min(clock.now() + maxWaitMs, batch.deadlineAt - 2_000);
  let failure: unknown;
  for (const pauseMs of backoffs) {
    try {
      return await payloads.save(run.id, part, text, ttl);
    } catch (error) {
      failure = error;
    }
    if (clock.now() + pauseMs > until) break;
    await clock.sleep(pauseMs);
  }
  throw failure;
};

/**
 * A large result is kept as an item of its own, before the row says that there is one. If it cannot be saved the run
 * has succeeded all the same, and the row says why there is no result.
 */
export const keepResult = async (batch: Batch, run: Running, verdict: Verdict): Promise<Verdict> => {
  if (verdict.kind !== "succeeded") return verdict;
  const text = resultText(verdict.result);
  if (typeof text !== "string" || bytesOf(text) <= inlineBytes) return verdict;
  try {
    await savePatiently(batch, run, { part: resultPart(run), text, ttl: ttlAt(batch.ports.clock.now()) });
    return verdict;
  } catch (error) {
    batch.ports.log.warn("result not saved", { run: run.id, error });
    const resultNote = `a result of ${bytesOf(text)} bytes could not be saved: ${failureOf(error).message}`;
    return { kind: "succeeded", result: undefined, resultNote };
  }
};

/**
 * An occurrence runs with the input that its schedule has by then: its row keeps it for views and for a redrive. If it
 * cannot be saved, the row goes without it.
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
    await savePatiently(batch, run, {
      part: inputPart({ inputHash }),
      text: input,
      ttl: inputTtl(run.dueAt),
    });
    return { inputHash, inputStored: true };
  } catch (error) {
    batch.ports.log.warn("input of an occurrence not saved", { run: run.id, error });
    return {};
  }
};
