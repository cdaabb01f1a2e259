import * as z from "zod";
import { FatalError, type JobContext } from "../../shared/index.ts";
import type { HandlerEnd, HandlerSpan } from "./effect-ledger.ts";
import { forever, type Process } from "./process.ts";
import { currentProcess } from "./processes.ts";
import { second, type World } from "./world.ts";

export const anyInput = z.unknown();

/** A handler of the simulation: it takes time and fails sometimes, and the effect ledger records its start and end. */
export const handlerOf =
  (world: World, job: string) =>
  async ({ run, signal, input }: JobContext<unknown>): Promise<unknown> => {
    const process = currentProcess();
    if (!process) throw new Error("a handler runs in no process");
    if (process.isDead()) return await forever();
    const { ledger, memory } = world;
    const start = world.unique(`handler of ${run.id}`);
    const span = ledger.start({
      run: run.id,
      job,
      process: process.label,
      skewMs: process.skewMs,
      startedAt: memory.clock.now(),
      dueAt: run.dueAt.getTime(),
      attempt: run.attempt,
    });
    const end = (how: HandlerEnd) => ledger.end(span, how, memory.clock.now());
    const outcome = await behave(world, { start, process, signal, span, isDeadly: input === "deadly" });
    if (process.isDead()) return await forever();
    end(outcome.how);
    if ("error" in outcome) throw outcome.error;
    return outcome.result;
  };

interface Behaviour {
  readonly start: string;
  readonly process: Process;
  readonly signal: AbortSignal;
  readonly span: HandlerSpan;
  /** Whether it kills its worker. */
  readonly isDeadly: boolean;
}

type HandlerOutcome =
  | { readonly how: "returned"; readonly result: unknown }
  | { readonly how: "threw" | "fatal" | "aborted"; readonly error: unknown };

const behave = async (
  world: World,
  { start, process, signal, isDeadly }: Behaviour,
): Promise<HandlerOutcome> => {
  const { clock } = world.memory;
  const { random, take } = world.decisions;
  await clock.sleep(durationOf(world, start), signal);
  if (isDeadly || world.fault(`${start}: its worker is killed`, 0.3)) process.kill();
  if (process.isDead()) return await forever();
  if (signal.aborted) return { how: "aborted", error: signal.reason };
  if (take({ kind: "setup", key: `${start}: throws`, chance: 0.12 }))
    return { how: "threw", error: new Error("no luck") };
  if (take({ kind: "setup", key: `${start}: fails for good`, chance: 0.02 }))
    return { how: "fatal", error: new FatalError("it never will") };
  const isLarge = random.unit(`${start}: result`) < 0.1;
  return { how: "returned", result: isLarge ? "x".repeat(600) : "done" };
};

/** Mostly seconds, sometimes most of the time that the job has, and now and then more. */
const durationOf = ({ decisions: { random, take } }: World, start: string): number => {
  if (take({ kind: "setup", key: `${start}: takes too long`, chance: 0.01 })) return 700 * second;
  const isLong = take({ kind: "setup", key: `${start}: takes long`, chance: 0.2 });
  return Math.floor(random.unit(`${start}: duration`) * (isLong ? 50 : 5) * second);
};
