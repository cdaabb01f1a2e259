import * as z from "zod";
import { isTerminal } from "../../../shared/core/runs/run.ts";
import { withoutUndefined } from "../../../shared/core/without-undefined.ts";
import { enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { second } from "../world.ts";
import type { Command, Verb } from "./command.ts";

const enqueued = z.object({ id: z.string() });
const jobs = ["alpha", "beta", "alpha", "beta", "gamma"] as const;

/** Short inputs stay in the row; longer ones are items of their own. */
const inputOf = ({ unit }: Command): string => (unit("input") < 0.15 ? "y".repeat(700) : "short");

/** A delay counts from the caller's clock or from the store's. No caller can know from which. */
const promisedFrom = (askedAt: number, skewMs: number): number => askedAt + Math.min(0, skewMs);

const enqueueOne: Verb = {
  name: "enqueue",
  weight: 4,
  plan: (command) => {
    const { world, ask, unit, whole, pick, skewMs } = command;
    const job = pick("job", jobs) ?? "alpha";
    const delay = unit("is delayed") < 0.35 ? whole("delay", 1, unit("is long") < 0.2 ? 1_200 : 120) : 0;
    const input = inputOf(command);
    const key = unit("has a key") < 0.5 ? `k${whole("key", 1, 12)}` : undefined;
    const about = key === undefined ? job : `${job}:${key}`;
    const options = withoutUndefined({
      key,
      ...(delay > 0 && { delay: `${delay} seconds` }),
      ...(unit("expires") < 0.1 && { expiresIn: "4 minutes" }),
      ...(unit("has a lane") < 0.1 && { priority: "critical" }),
    });
    const askedAt = world.memory.clock.now();
    return {
      about,
      act: async () => {
        const { id } = enqueued.parse(await ask("runs.enqueue", { job, input, ...options }));
        // A key that was used before names a run that may be due earlier.
        const notBefore =
          key === undefined ? { notBefore: promisedFrom(askedAt, skewMs) + delay * second } : {};
        return { runs: [id], ...notBefore };
      },
    };
  },
};

const enqueueSeveral: Verb = {
  name: "enqueue many",
  weight: 1,
  plan: ({ ports, registry, whole, unit }) => ({
    about: "alpha",
    act: async () => {
      const job = registry.jobs.get("alpha");
      if (!job) return {};
      const count = whole("count", 2, 14);
      const delay = unit("is delayed") < 0.3 ? ({ delay: "30 seconds" } as const) : {};
      const requests = Array.from({ length: count }, () => ({ job, input: "many", options: delay }));
      const answers = await enqueueMany(ports, requests);
      return { runs: answers.flatMap((answer) => (answer instanceof Error ? [] : [answer.id])) };
    },
  }),
};

const enqueueDeadly: Verb = {
  name: "enqueue a run that kills its workers",
  weight: 0.4,
  plan: ({ ask }) => ({
    about: "alpha",
    act: async () => {
      const { id } = enqueued.parse(await ask("runs.enqueue", { job: "alpha", input: "deadly" }));
      return { runs: [id] };
    },
  }),
};

const sendBare: Verb = {
  name: "send a bare message",
  weight: 1,
  plan: (command) => {
    const { world, ports, whole, unit } = command;
    const key = world.unique(`bare-${whole("key", 1, 999)}`).replaceAll(/[^\w-]/g, "");
    const job = unit("job") < 0.5 ? "alpha" : "beta";
    const body = JSON.stringify({ v: 1, job, key, input: inputOf(command) });
    return {
      about: `${job}:${key}`,
      act: async () => {
        const lane = job === "alpha" ? "normal" : "high";
        const [problem] = await ports.queue.send([{ lane, body, delaySeconds: 0 }]);
        return problem === undefined ? { runs: [`${job}:${key}`] } : {};
      },
    };
  },
};

const sendUnusable: Verb = {
  name: "send a message that is no run",
  weight: 0.3,
  plan: ({ world, ports, whole }) => {
    const marker = world.unique(`unusable-${whole("marker", 1, 999)}`);
    return {
      about: marker,
      act: async () => {
        const body = JSON.stringify({ v: 1, job: "unheard-of", input: marker });
        const [problem] = await ports.queue.send([{ lane: "normal", body, delaySeconds: 0 }]);
        return problem === undefined ? { deadLetter: marker } : {};
      },
    };
  },
};

const cancelled = z.object({ outcome: z.string() });

const cancelRun: Verb = {
  name: "cancel a run",
  weight: 1.5,
  plan: ({ world, ask, pick }) => {
    const run = pick("run", world.memory.runs());
    if (!run) return undefined;
    return {
      about: run.id,
      act: async () => {
        const { outcome } = cancelled.parse(await ask("runs.cancel", { id: run.id }));
        return outcome === "cancelled" ? { cancelled: run.id } : {};
      },
    };
  },
};

const rescheduleRun: Verb = {
  name: "reschedule a run",
  weight: 1.5,
  plan: ({ world, ask, pick, whole, skewMs }) => {
    const waiting = world.memory
      .runs()
      .filter(({ state, schedule }) => !isTerminal(state) && state !== "running" && schedule === undefined);
    const run = pick("run", waiting);
    if (!run) return undefined;
    const delay = whole("delay", 5, 300);
    const askedAt = world.memory.clock.now();
    return {
      about: run.id,
      act: async () => {
        await ask("runs.reschedule", { id: run.id, delay: `${delay} seconds` });
        return { runs: [run.id], notBefore: promisedFrom(askedAt, skewMs) + delay * second };
      },
    };
  },
};

const retryRun: Verb = {
  name: "retry a dead run",
  weight: 1.2,
  plan: ({ world, ask, pick }) => {
    const run = pick(
      "run",
      world.memory.runs().filter(({ state }) => state === "dead"),
    );
    if (!run) return undefined;
    return {
      about: run.id,
      act: async () => {
        await ask("runs.retry", { id: run.id });
        return { runs: [run.id] };
      },
    };
  },
};

const retryAll: Verb = {
  name: "retry all dead runs of a job",
  weight: 0.5,
  plan: ({ ask, pick }) => {
    const job = pick("job", ["alpha", "beta"]) ?? "alpha";
    return {
      about: job,
      act: async () => {
        await ask("runs.retry-dead", { job });
        return {};
      },
    };
  },
};

/** What the console of SQS does: move dead letters back to their lane, unread. */
const redrive: Verb = {
  name: "redrive dead letters of a lane",
  weight: 0.7,
  plan: ({ world, pick }) => {
    const lane = pick("lane", ["normal", "high"] as const) ?? "normal";
    const { queue } = world.memory.ports;
    return {
      about: lane,
      act: async () => {
        for (const deadLetter of await queue.receiveDeadLetters(lane, 1)) {
          await queue.send([{ lane, body: deadLetter.body, delaySeconds: 0 }]);
          await queue.deleteDeadLetter(lane, deadLetter);
        }
        return {};
      },
    };
  },
};

export const runVerbs: readonly Verb[] = [
  enqueueOne,
  enqueueSeveral,
  enqueueDeadly,
  sendBare,
  sendUnusable,
  cancelRun,
  rescheduleRun,
  retryRun,
  retryAll,
  redrive,
];
