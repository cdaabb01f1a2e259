import { NotFoundError } from "../../core/errors.ts";
import type { JobTarget } from "../../core/jobs/job-ref.ts";
import { type LaneName, laneNames } from "../../core/lane.ts";
import { readMessage } from "../../core/runs/message.ts";
import type { Run, RunState } from "../../core/runs/run.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import { inputPart, resultPart } from "../../pipeline/runs/payloads.ts";
import type { Memory } from "../memory.ts";

export interface RunFilter {
  readonly job?: JobTarget;
  readonly state?: RunState;
  readonly schedule?: string;
}

/** What a test sees of its pipeline. */
export interface Views {
  /** All runs, oldest first. */
  runs(filter?: RunFilter): readonly TestRun[];
  /** @throws NotFoundError when there is no such run */
  run(id: string): TestRun;
  deadLetters(): readonly TestDeadLetter[];
}

export const createViews = (memory: Memory): Views => ({
  runs: ({ job, state, schedule } = {}) =>
    memory
      .runs()
      .filter((run) => job === undefined || run.job === job.name)
      .filter((run) => state === undefined || run.state === state)
      .filter((run) => schedule === undefined || run.schedule === schedule)
      .map((run) => toTestRun(memory, run)),
  run: (id) => {
    const found = memory.runs().find((run) => run.id === id);
    if (found) return toTestRun(memory, found);
    throw new NotFoundError({ kind: "run", name: id, reason: describeIds(memory) });
  },
  deadLetters: () => toTestDeadLetters(memory),
});

const maxShownIds = 10;

const describeIds = (memory: Memory): string => {
  const ids = memory.runs().map(({ id }) => id);
  if (ids.length === 0) return "there are none yet";
  const more = ids.length > maxShownIds ? `, and ${ids.length - maxShownIds} more` : "";
  return `expected one of ${ids.slice(0, maxShownIds).join(", ")}${more}`;
};

/** A run, as a test asserts on it. */
export interface TestRun {
  readonly id: string;
  readonly job: string;
  readonly state: RunState;
  readonly lane: LaneName;
  /** As it was sent, after JSON, before the schema parses it. */
  readonly input?: unknown;
  /** What the job returned, after JSON. */
  readonly result?: unknown;
  /** Why it ended without success. */
  readonly reason?: string;
  /** The last failure, whatever came after. */
  readonly error?: { readonly name: string; readonly message: string };
  /** Attempts made. One whose worker was killed counts too. */
  readonly attempts: number;
  readonly schedule?: string;
  readonly tenant?: string;
  readonly tags?: readonly string[];
  readonly createdAt: Date;
  readonly dueAt: Date;
  /** When the last attempt started. */
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  /** When the next attempt may start, of a run that waits. */
  readonly nextAttemptAt?: Date;
}

const toTestRun = (memory: Memory, run: Run): TestRun => {
  const input = run.inputStored ? memory.payload(run.id, inputPart(run)) : run.input;
  const isWaiting = run.state === "queued" || run.state === "retry" || run.state === "parked";
  return withoutUndefined({
    id: run.id,
    job: run.job,
    state: run.state,
    lane: run.lane,
    input: parsed(input),
    result: parsed(resultOf(memory, run)),
    reason: "reason" in run ? run.reason : undefined,
    error: run.error,
    attempts: run.claimCount,
    schedule: run.schedule,
    tenant: run.tenant,
    tags: run.tags,
    createdAt: new Date(run.createdAt),
    dueAt: new Date(run.dueAt),
    startedAt: dateOf("startedAt" in run ? run.startedAt : undefined),
    endedAt: dateOf("endedAt" in run ? run.endedAt : undefined),
    nextAttemptAt: isWaiting ? new Date(run.availableAt) : undefined,
  });
};

const resultOf = (memory: Memory, run: Run): string | undefined => {
  if (run.state !== "succeeded") return undefined;
  return run.resultStored ? memory.payload(run.id, resultPart(run)) : run.result;
};

const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

const dateOf = (at: number | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));

/** A dead letter: a run that died, or a message that was refused. */
export interface TestDeadLetter {
  readonly lane: LaneName;
  readonly reason?: string;
  /** The run that it names, if its body can be read. */
  readonly run?: string;
  /** The message, parsed if it is JSON. */
  readonly body: unknown;
}

const toTestDeadLetters = ({ ports: { queue } }: Memory): readonly TestDeadLetter[] =>
  laneNames.flatMap((lane) =>
    queue.dead(lane).map(({ body, reason }) => {
      const read = readMessage(body, "");
      const run = "problem" in read ? undefined : read.id;
      return { ...withoutUndefined({ lane, reason, run }), body: parsedBody(body) };
    }),
  );

const parsedBody = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
};
