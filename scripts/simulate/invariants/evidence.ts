import * as z from "zod";
import { laneNames } from "../../../shared/core/lane.ts";
import type { Run } from "../../../shared/core/runs/run.ts";
import type { Answer, HandlerSpan } from "../effect-ledger.ts";
import { askCalmly } from "../operators/operators.ts";
import { minute, type World } from "../world.ts";

/** What is known when a simulation is over: the rows, the dead letters, what operators are shown, and what really happened. */
export interface Evidence {
  readonly world: World;
  /** When faults ended, in milliseconds since 1970. */
  readonly healedAt: number;
  readonly runs: readonly Run[];
  readonly byId: ReadonlyMap<string, Run>;
  /** Handlers of a run, in the order of their starts. */
  handlersOf(id: string): readonly HandlerSpan[];
  readonly answers: readonly Answer[];
  readonly letters: readonly DeadLetterEvidence[];
  readonly schedules: readonly ShownSchedule[];
}

/** A check answers what is wrong, in sentences that begin with the name of the invariant. */
export type Check = (evidence: Evidence) => readonly string[];

interface DeadLetterEvidence {
  readonly body: string;
  readonly reason: string | undefined;
  /** Of a dead letter of ours. */
  readonly run: string | undefined;
  readonly generation: number | undefined;
}

/** What an operator is shown of a schedule. */
export interface ShownSchedule {
  readonly name: string;
  readonly isDeleted: boolean;
  readonly history: readonly HistoryLine[];
  /** Absent for a deleted one. */
  readonly audit?: Audit;
}

const historySchema = z.object({
  times: z.array(
    z.object({
      at: z.string().transform((text) => Date.parse(text)),
      outcome: z.string(),
      run: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
});
const auditSchema = z.object({
  schedules: z.array(
    z.object({
      missing: z.array(z.string()),
      unexpected: z.array(z.string()),
      problem: z.string().optional(),
    }),
  ),
});

export type HistoryLine = z.output<typeof historySchema>["times"][number];
type Audit = z.output<typeof auditSchema>["schedules"][number];

export const collectEvidence = async (world: World, healedAt: number): Promise<Evidence> => {
  const { memory, ledger } = world;
  const runs = memory.runs();
  const handlers = Map.groupBy(ledger.handlers, ({ run }) => run);
  return {
    world,
    healedAt,
    runs,
    answers: ledger.answers,
    byId: new Map(runs.map((run) => [run.id, run])),
    handlersOf: (id) => handlers.get(id) ?? [],
    letters: laneNames.flatMap((lane) => memory.ports.queue.dead(lane).map(letterOf)),
    schedules: await showSchedules(world, healedAt),
  };
};

const bodySchema = z.object({ id: z.string(), generation: z.number() });

const letterOf = ({
  body,
  reason,
}: {
  readonly body: string;
  readonly reason?: string | undefined;
}): DeadLetterEvidence => {
  const parsed = bodySchema.safeParse(JSON.parse(body));
  return {
    body,
    reason,
    run: parsed.data?.id,
    generation: parsed.data?.generation,
  };
};

const showSchedules = async (world: World, healedAt: number): Promise<readonly ShownSchedule[]> => {
  const shown: ShownSchedule[] = [];
  const range = {
    from: new Date(world.startedAt).toISOString(),
    until: new Date(healedAt - minute).toISOString(),
  };
  for (const { name, state } of await world.memory.ports.schedules.all()) {
    const { times: history } = historySchema.parse(
      await askCalmly(world, "schedules.history", { name, limit: 200 }),
    );
    const isDeleted = state === "deleted";
    const audited = isDeleted ? undefined : await askCalmly(world, "schedules.audit", { name, ...range });
    const audit = audited === undefined ? undefined : auditSchema.parse(audited).schedules[0];
    shown.push({ name, isDeleted, history, ...(audit && { audit }) });
  }
  return shown;
};

/** An instant as it is written in ids and histories. */
export const isoOf = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");

/** The schedule and the instant of an occurrence's run. Undefined for any other run. */
export const occurrenceOf = (id: string): { readonly schedule: string; readonly at: number } | undefined => {
  const [, schedule, instant] = /^[^:]+:([^@]+)@(\d{4}-.+Z)$/.exec(id) ?? [];
  return schedule === undefined || instant === undefined ? undefined : { schedule, at: Date.parse(instant) };
};

/** Whether a command about a schedule failed, or its caller was killed: what it has done is not known. */
export const hasUnclearCommand = ({ answers }: Evidence, schedule: string): boolean =>
  answers.some(({ about, outcome }) => about === schedule && outcome !== "ok");
