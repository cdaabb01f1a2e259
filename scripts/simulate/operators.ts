import type { Registry } from "../../shared/core/jobs/registry.ts";
import { operations } from "../../shared/operations/index.ts";
import { operate } from "../../shared/operations/operation.ts";
import { enqueue, enqueueMany } from "../../shared/pipeline/enqueue/enqueue.ts";
import type { Ports } from "../../shared/ports.ts";
import type { Decisions } from "./decisions.ts";
import type { EffectLedger } from "./effect-ledger.ts";

export interface Operator {
  readonly ports: Ports;
  readonly registry: Registry;
  readonly decisions: Decisions;
  readonly ledger: EffectLedger;
  /** Ids of the runs that there are. */
  readonly runIds: () => readonly string[];
}

/** Schedules made at run time. */
export const runtimeNames = ["o0", "o1"] as const;

const codeNames = ["s0", "s1", "s2", "s3", "s4", "s5"] as const;

export const scheduleNames: readonly string[] = [...codeNames, ...runtimeNames];

export const ask = async (
  { ports, registry }: Pick<Operator, "ports" | "registry">,
  name: string,
  input: object,
): Promise<unknown> => {
  const operation = operations.find((one) => one.name === name);
  if (!operation) throw new Error(`there is no operation "${name}"`);
  return await operate(operation, input, { ports, registry });
};

export const runtimeSchedule = (name: string): object => ({
  name,
  job: "alpha",
  rule: "every 30 seconds",
  ...(name === "o1" && { overlap: "queue-one" }),
});

type Verb = (operator: Operator) => Promise<unknown>;

const secondMs = 1_000;
const minuteMs = 60_000;

const iso = (ms: number): string => new Date(Math.floor(ms / secondMs) * secondMs).toISOString();

const anySchedule = ({ decisions }: Operator): string => decisions.pick("verb schedule", scheduleNames);

const anyRuntime = ({ decisions }: Operator): string => decisions.pick("verb runtime schedule", runtimeNames);

const aboutRun = async (operator: Operator, verb: string, input: object = {}): Promise<unknown> => {
  const ids = operator.runIds();
  if (ids.length === 0) return undefined;
  const id = operator.decisions.pick("verb run", ids);
  operator.ledger.touch(id, verb);
  return await ask(operator, verb, { id, ...input });
};

const jobOf = ({ registry, decisions }: Operator) => {
  const job = registry.jobs.get(decisions.pick("verb job", ["alpha", "beta", "gamma"]));
  if (!job) throw new Error("every job is registered here");
  return job;
};

/** Another number for each step of a life, and the same ones whenever the seed is lived again. */
const numberOf = ({ decisions }: Operator): number => decisions.steps.length;

/** What operators and clients do. Each is one call, which may fail: then they know that it may have had its effect. */
const verbs: Readonly<Record<string, Verb>> = {
  pause: (operator) => ask(operator, "schedules.pause", { name: anySchedule(operator) }),
  resume: (operator) => ask(operator, "schedules.resume", { name: anySchedule(operator) }),
  "edit rule": (operator) => {
    const rule = operator.decisions.pick("verb rule", ["every 30 seconds", "every 20 seconds"]);
    return ask(operator, "schedules.edit", { name: anyRuntime(operator), rule });
  },
  "edit job": (operator) => {
    const job = operator.decisions.pick("verb new job", ["alpha", "beta"]);
    return ask(operator, "schedules.edit", { name: anyRuntime(operator), job });
  },
  backfill: (operator) => {
    const now = operator.ports.clock.now();
    return ask(operator, "schedules.backfill", {
      name: anySchedule(operator),
      from: iso(now - 8 * minuteMs),
      until: iso(now - 6 * secondMs),
    });
  },
  trigger: (operator) => ask(operator, "schedules.trigger", { name: anySchedule(operator) }),
  "delete and create": async (operator) => {
    const name = anyRuntime(operator);
    await ask(operator, "schedules.delete", { name });
    await ask(operator, "schedules.create", runtimeSchedule(name));
  },
  cancel: (operator) => aboutRun(operator, "runs.cancel"),
  reschedule: (operator) => aboutRun(operator, "runs.retime", { delay: "3 minutes" }),
  enqueue: async (operator) => {
    const { id } = await enqueue(operator.ports, jobOf(operator), { n: numberOf(operator) });
    operator.ledger.promise(id);
  },
  "enqueue with a key": async (operator) => {
    const key = `k${Math.floor(operator.decisions.unit("verb key") * 10)}`;
    const { id } = await enqueue(operator.ports, jobOf(operator), 1, { key });
    operator.ledger.promise(id);
  },
  "enqueue for later": async (operator) => {
    const delay = operator.decisions.pick("verb delay", ["20 seconds", "17 minutes"] as const);
    const { id } = await enqueue(operator.ports, jobOf(operator), 1, { delay });
    operator.ledger.promise(id);
  },
  "enqueue many": async (operator) => {
    const requests = Array.from({ length: 5 }, (_, n) => ({ job: jobOf(operator), input: { n } }));
    for (const answer of await enqueueMany(operator.ports, requests))
      if (!(answer instanceof Error)) operator.ledger.promise(answer.id);
  },
  "send a bare message": async (operator) => {
    const key = `bare-${numberOf(operator)}`;
    const body = JSON.stringify({ v: 1, job: "beta", key, input: { n: 1 } });
    const [problem] = await operator.ports.queue.send([{ lane: "normal", body, delaySeconds: 0 }]);
    if (problem === undefined) operator.ledger.promise(`beta:${key}`);
  },
};

/** One verb, chosen by chance. An error is the operator's answer. */
export const actOnce = async (operator: Operator): Promise<void> => {
  const verb = operator.decisions.pick("verb", Object.keys(verbs));
  if (!operator.decisions.happens(`operator: ${verb}`, 1)) return;
  await verbs[verb]?.(operator).catch(() => undefined);
};
