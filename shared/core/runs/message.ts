import * as z from "zod";
import { readJson } from "../json.ts";
import { truncate } from "./failure.ts";
import { runId } from "./new-run.ts";
import { isTerminal, type Run } from "./run.ts";

/** What SQS takes in one message: 1 MiB, the attributes counted. */
export const maxMessageBytes = 1_048_576;

/** Up to the last instant that a Date can hold. */
const instant = z.int().nonnegative().max(8.64e15);

/** These become keys of tables and of SQS, which refuse other characters, and with them the rest of a batch. */
const word = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[\x21-\x7e]+$/, "expected visible ASCII characters without spaces");

/**
 * What travels through a lane: it says that work is due. The run's row is the truth.
 *
 * `{"v":1,"job":"send-email","input":{…}}` is a whole message: that is what a bare `SendMessage` of any language
 * sends, and the worker adopts it. The other fields are the pipeline's own, except `key`, by which any sender makes
 * its message idempotent, and `tenant`.
 */
const messageSchema = z.strictObject({
  v: z.literal(1),
  job: word(64),
  input: z.unknown().optional(),
  /** The sender's idempotency key, for messages that have no id. */
  key: word(128).optional(),
  id: word(200).optional(),
  generation: z.int().positive().max(1_000_000).optional(),
  /** In place of `input`: it is stored under the run's id. */
  stored: z.literal(true).optional(),
  dueAt: instant.optional(),
  sentAt: instant.optional(),
  tenant: word(128).optional(),
  schedule: word(64).optional(),
  chainDepth: z.int().nonnegative().optional(),
  trace: word(256).optional(),
  /** On a dead letter: why, and the last error with its cause. Has no effect when the dead letter is redriven. */
  death: z
    .strictObject({
      reason: z.string(),
      at: instant,
      attempt: z.int(),
      error: z.object({ name: z.string(), message: z.string() }).optional(),
    })
    .optional(),
});

export type Message = z.infer<typeof messageSchema>;

export type Parsed = { readonly message: Message } | { readonly problem: string };

/** Reads a body from any sender. Never throws: a problem with it is returned as a sentence. */
export const parseMessage = (body: string): Parsed => {
  const read = readJson(body);
  if ("problem" in read) return { problem: read.problem };
  const parsed = messageSchema.safeParse(withoutNulls(read.value));
  return parsed.success
    ? { message: parsed.data }
    : { problem: truncate(problemOf(parsed.error, read.value), problemLength) };
};

/** Many serializers write null for what is absent. In an input, null is a value: its job's schema decides. */
const withoutNulls = (value: unknown): unknown =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value).filter(([name, part]) => part !== null || !optionalNames.has(name)),
      )
    : value;

const optionalNames: ReadonlySet<string> = new Set(
  Object.entries(messageSchema.shape).flatMap(([name, schema]) =>
    name !== "input" && schema.safeParse(undefined).success ? [name] : [],
  ),
);

/**
 * A message and the run it asks for: the one it names, or one named after its sender's key, or after the queue's own id
 * of the message. Every reader of a queue uses this, so that all of them name the same run or refuse the same message.
 */
export const readMessage = (
  body: string,
  messageId: string,
): { readonly message: Message; readonly id: string } | { readonly problem: string } => {
  const parsed = parseMessage(body);
  if ("problem" in parsed) return parsed;
  const { message } = parsed;
  const id = message.id ?? runId(message.job, message.key ?? messageId);
  if (id.startsWith(runId(message.job, ""))) return { message, id };
  return { problem: `id: expected "${runId(message.job, "…")}", got "${id}"` };
};

const problemLength = 400;

const problemOf = (error: z.ZodError, value: unknown): string => {
  const version = value !== null && typeof value === "object" ? Reflect.get(value, "v") : undefined;
  if (version !== undefined && version !== 1)
    return `expected message version 1, got ${JSON.stringify(version)}`;
  return error.issues.map((issue) => `${issue.path.join(".") || "message"}: ${issue.message}`).join("; ");
};

/** The body that asks for a run to be worked on. `input` is the JSON text where the sender has it at hand. */
export const messageFor = (run: Run, now: number, input = run.input, death?: Message["death"]): string => {
  const { id, job, generation, tenant, schedule, chainDepth, trace } = run;
  const dueAt = run.state === "running" || isTerminal(run.state) ? run.dueAt : run.availableAt;
  const stored = input === undefined && run.inputStored ? true : undefined;
  const head = JSON.stringify({
    v: 1,
    job,
    id,
    generation,
    dueAt,
    sentAt: now,
    tenant,
    schedule,
    chainDepth,
    trace,
    stored,
    death,
  } satisfies Message);
  return input === undefined ? head : `${head.slice(0, -1)},"input":${input}}`;
};
