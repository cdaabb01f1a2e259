import { resultText, ttlAt } from "../core/change.ts";
import type { Verdict } from "../core/decide.ts";
import { inlineBytes } from "../core/input.ts";
import { bytesOf } from "../core/json.ts";
import type { ScheduleRow } from "../core/occurrence.ts";
import type { Run } from "../core/run.ts";
import type { PayloadPart, Payloads } from "../ports.ts";

export const inputPart = ({ inputHash }: Pick<Run, "inputHash">): PayloadPart => `input#${inputHash}`;

export const resultPart = ({ token = "" }: Pick<Run, "token">): PayloadPart => `result#${token}`;

/** A run's input, wherever it is kept. An occurrence takes what its schedule says now, unless that is for another job. */
export const loadInput = async (
  payloads: Payloads,
  run: Run,
  schedule?: ScheduleRow,
): Promise<{ readonly input: unknown } | { readonly lost: string }> => {
  if (schedule?.job === run.job)
    return { input: schedule.input === undefined ? undefined : JSON.parse(schedule.input) };
  const text = run.inputStored ? await payloads.load(run.id, inputPart(run)) : run.input;
  if (text !== undefined) return { input: JSON.parse(text) };
  return run.inputStored ? { lost: "its stored input is gone: it was kept 90 days" } : { input: undefined };
};

/** A large result is kept as an item of its own, before the row says that there is one. */
export const saveResult = async (
  payloads: Payloads,
  run: Run,
  verdict: Verdict,
  now: number,
): Promise<void> => {
  if (verdict.kind !== "succeeded") return;
  const text = resultText(verdict.result);
  if (typeof text === "string" && bytesOf(text) > inlineBytes) {
    await payloads.save(run.id, resultPart(run), text, ttlAt(now));
  }
};
