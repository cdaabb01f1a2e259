import * as z from "zod";
import type { Obligation } from "../effect-ledger.ts";
import { minute, second } from "../world.ts";
import type { Command, Verb } from "./command.ts";

/** Names of schedules made at run time begin with `o`. */
export const operatorNames = ["o-a", "o-b", "o-c"] as const;

const nameOf = ({ registry, pick }: Command): string =>
  pick("schedule", [...registry.schedules.keys(), ...operatorNames]) ?? "o-a";

const operatorName = ({ pick }: Command): string => pick("schedule", operatorNames) ?? "o-a";

/** A verb that asks one operation about a schedule. */
const asking = (
  name: string,
  weight: number,
  {
    of,
    ask,
  }: {
    readonly of: (command: Command) => string;
    readonly ask: (command: Command, schedule: string) => readonly [operation: string, input: object];
  },
  obligationOf: (answer: unknown) => Obligation = () => ({}),
): Verb => ({
  name,
  weight,
  plan: (command) => {
    const schedule = of(command);
    const [operation, input] = ask(command, schedule);
    return {
      about: schedule,
      act: async () => obligationOf(await command.ask(operation, { name: schedule, ...input })),
    };
  },
});

const isoOf = (at: number): string => new Date(Math.floor(at / second) * second).toISOString();

const rules = ["every 20 seconds", "every 30 seconds", "every 40 seconds"];
const overlaps = ["allow", "skip", "buffer-one", "cancel-running"];

const pause = asking("pause", 1, { of: nameOf, ask: () => ["schedules.pause", { reason: "storm" }] });

const pauseFor = asking("pause for a while", 0.5, {
  of: nameOf,
  ask: ({ whole }) => ["schedules.pause", { until: `${whole("until", 20, 120)} seconds` }],
});

const resume = asking("resume", 2, { of: nameOf, ask: () => ["schedules.resume", {}] });

const editRule = asking("edit the rule", 1.5, {
  of: operatorName,
  ask: ({ pick }) => ["schedules.edit", { rule: pick("rule", rules) }],
});

const editJob = asking("edit the job", 1, {
  of: operatorName,
  ask: ({ pick }) => ["schedules.edit", { job: pick("job", ["alpha", "beta"]) }],
});

const editOverlap = asking("edit the overlap policy", 0.7, {
  of: operatorName,
  ask: ({ pick }) => ["schedules.edit", { overlap: pick("overlap", overlaps) }],
});

const made = z.object({ id: z.string() });

const trigger = asking("trigger", 1, { of: nameOf, ask: () => ["schedules.trigger", {}] }, (answer) => ({
  runs: [made.parse(answer).id],
}));

const backfill = asking("backfill", 1.5, {
  of: nameOf,
  ask: ({ world, ports, whole }) => {
    // Not after any clock of the pipeline, nor before the ledger begins.
    const until = Math.min(ports.clock.now(), world.memory.clock.now()) - 10 * second;
    return ["schedules.backfill", { from: isoOf(until - whole("from", 1, 8) * minute), until: isoOf(until) }];
  },
});

const remove = asking("delete", 0.6, { of: operatorName, ask: () => ["schedules.delete", {}] });

const create = asking("create", 1, {
  of: operatorName,
  ask: ({ pick }) => [
    "schedules.create",
    { job: pick("job", ["alpha", "beta"]), rule: pick("rule", rules), overlap: pick("overlap", overlaps) },
  ],
});

export const scheduleVerbs: readonly Verb[] = [
  pause,
  pauseFor,
  resume,
  editRule,
  editJob,
  editOverlap,
  trigger,
  backfill,
  remove,
  create,
];
