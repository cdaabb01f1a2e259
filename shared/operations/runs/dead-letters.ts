import * as z from "zod";
import { DefinitionError, NotFoundError } from "../../core/errors.ts";
import { type LaneName, laneNames } from "../../core/lane.ts";
import { truncate } from "../../core/runs/failure.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import {
  type DeadLetterKind,
  deadLetterKinds,
  type ReadDeadLetter,
  readDeadLetters,
} from "../../pipeline/runs/read-dead-letters.ts";
import type { Ports } from "../../ports/index.ts";
import { defineOperation } from "../operation.ts";
import { iso, type RunSummary, summaryOf } from "./run-view.ts";

/** A dead letter as one entry of a list. Instants are ISO 8601. */
export interface ShownDeadLetter {
  /** By which `dead-letters.show` and `dead-letters.discard` find it. */
  readonly messageId: string;
  readonly lane: LaneName;
  readonly kind: DeadLetterKind;
  readonly sentAt: string;
  /** Absent when SQS itself put it there. */
  readonly reason?: string;
  /** The run that its body names. */
  readonly run?: string;
  /** The state of that run now, if there is one. */
  readonly runState?: RunSummary["state"];
  /** The first 200 characters. */
  readonly body: string;
}

const shownCharacters = 200;

const lane = z.enum(laneNames);

export interface ListedDeadLetters {
  readonly deadLetters: readonly ShownDeadLetter[];
  /** How many there are on these lanes, as SQS counts: approximately. */
  readonly total: number;
}

export const deadLetterList = defineOperation({
  name: "dead-letters.list",
  description: "List what is on the dead-letter queues: dead runs, and messages that were refused.",
  readOnly: true,
  input: z.object({
    lane: lane.exactOptional(),
    kind: z.enum(deadLetterKinds).exactOptional(),
    limit: z.int().min(1).max(500).default(20),
  }),
  async run({ lane, kind, limit }, { ports }): Promise<ListedDeadLetters> {
    const lanes = lane === undefined ? laneNames : [lane];
    const deadLetters: ShownDeadLetter[] = [];
    for await (const page of readDeadLetters(ports, { lanes, max: kind === undefined ? limit : maxRead })) {
      deadLetters.push(...page.filter(isOfKind(kind)).map(shown));
      if (deadLetters.length >= limit) break;
    }
    return { deadLetters: deadLetters.slice(0, limit), total: await totalOf(ports, lanes) };
  },
});

/** How many are read to find some of them. */
const maxRead = 1_000;

const isOfKind =
  (wanted: DeadLetterKind | undefined) =>
  ({ kind }: ReadDeadLetter): boolean =>
    wanted === undefined || kind === wanted;

const totalOf = async ({ queue }: Ports, lanes: readonly LaneName[]): Promise<number> =>
  (await Promise.all(lanes.map((lane) => queue.depth(lane)))).reduce((sum, { dead }) => sum + dead, 0);

const shown = ({ lane, message, kind, runId, run }: ReadDeadLetter): ShownDeadLetter =>
  withoutUndefined({
    messageId: message.messageId,
    lane,
    kind,
    sentAt: iso(message.sentAt),
    reason: message.reason,
    run: runId,
    ...(run && { runState: run.state }),
    body: truncate(message.body, shownCharacters),
  });

export interface WholeDeadLetter extends Omit<ShownDeadLetter, "run"> {
  readonly runId?: string;
  readonly run?: RunSummary;
}

export const deadLetterShow = defineOperation({
  name: "dead-letters.show",
  description: "Show one dead letter whole, with the state of its run.",
  readOnly: true,
  input: z.object({ messageId: z.string().min(1), lane: lane.exactOptional() }),
  async run({ messageId, lane }, { ports }): Promise<WholeDeadLetter> {
    const lanes = lane === undefined ? laneNames : [lane];
    for await (const page of readDeadLetters(ports, { lanes, max: maxRead })) {
      const found = page.find(({ message }) => message.messageId === messageId);
      if (!found) continue;
      const { run: runId, ...rest } = shown(found);
      return withoutUndefined({
        ...rest,
        body: found.message.body,
        runId,
        ...(found.run && { run: summaryOf(found.run) }),
      });
    }
    throw new NotFoundError({
      kind: "dead letter",
      name: messageId,
      expected: `one of the first ${maxRead} that the queues return`,
      remedy: "a redrive and a sweep give a message a new id",
      advice: { kind: "see", operation: "dead-letters.list" },
    });
  },
});

export interface DiscardedDeadLetters {
  /** How many were found, and deleted unless it was a dry run. */
  readonly found: number;
  readonly isDryRun: boolean;
  readonly byKind: Readonly<Partial<Record<DeadLetterKind, number>>>;
  /** How many are left on these lanes, as SQS counts: approximately. */
  readonly left: number;
}

/** What SQS put there may be the only trace of a run. The sweeper checks it within a minute. */
const discardable = deadLetterKinds.filter((kind) => kind !== "unread");

export const deadLetterDiscard = defineOperation({
  name: "dead-letters.discard",
  description: "Delete dead letters. The runs in the table stay as they are; a refused message is lost.",
  readOnly: false,
  input: z.object({
    /** One of the two. */
    messageIds: z.array(z.string()).min(1).exactOptional(),
    kind: z.enum([...discardable, "all"]).exactOptional(),
    lane: lane.exactOptional(),
    /** Only count them. */
    isDryRun: z.boolean().default(true),
  }),
  async run({ messageIds, kind, lane, isDryRun }, { ports }): Promise<DiscardedDeadLetters> {
    if ((messageIds === undefined) === (kind === undefined)) {
      const got = kind === undefined ? "none" : "several";
      throw new DefinitionError("kind", { oneOf: ["messageIds", "kind"], got });
    }
    const isWanted = (read: ReadDeadLetter): boolean =>
      read.kind !== "unread" &&
      (messageIds?.includes(read.message.messageId) ?? (kind === "all" || read.kind === kind));
    const lanes = lane === undefined ? laneNames : [lane];
    const found: ReadDeadLetter[] = [];
    for await (const page of readDeadLetters(ports, { lanes, max: maxRead })) {
      const wanted = page.filter(isWanted);
      found.push(...wanted);
      if (!isDryRun) await discardAll(ports, wanted);
      if (found.length === messageIds?.length) break;
    }
    return { found: found.length, isDryRun, byKind: countByKind(found), left: await totalOf(ports, lanes) };
  },
});

const discardAll = async ({ queue }: Ports, letters: readonly ReadDeadLetter[]): Promise<void> => {
  await Promise.all(letters.map(({ lane, message }) => queue.deleteDeadLetter(lane, message)));
};

const countByKind = (letters: readonly ReadDeadLetter[]): DiscardedDeadLetters["byKind"] =>
  Object.fromEntries(
    deadLetterKinds.flatMap((kind) => {
      const count = letters.filter((letter) => letter.kind === kind).length;
      return count === 0 ? [] : [[kind, count]];
    }),
  );
