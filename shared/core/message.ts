import { z } from "zod";
import { hasEnded, type Run } from "./run.ts";

/**
 * What travels through a lane: a hint that work is due. The run's row is the truth.
 *
 * `{"v":1,"job":"send-email","input":{…}}` is a whole message: that is what a bare `SendMessage` of any language
 * sends, and the worker adopts it. The other fields are the pipeline's own, except `key`, by which any sender makes
 * its message idempotent.
 */
const instant = z.int().nonnegative();

export const messageSchema = z.strictObject({
  v: z.literal(1),
  job: z.string().min(1).max(64),
  input: z.unknown().optional(),
  /** The sender's idempotency key, for messages that have no id. */
  key: z.string().min(1).max(128).optional(),
  id: z.string().min(3).max(200).optional(),
  gen: z.int().positive().optional(),
  /** In place of `input`: it is stored under the run's id. */
  stored: z.literal(true).optional(),
  due: instant.optional(),
  sentAt: instant.optional(),
  tenant: z.string().max(128).optional(),
  schedule: z.string().max(64).optional(),
  hops: z.int().nonnegative().optional(),
  trace: z.string().max(256).optional(),
  /** On a dead letter: why. Of no effect when the letter is redriven. */
  death: z.strictObject({ reason: z.string(), at: instant, attempt: z.int() }).optional(),
});

export type Message = z.infer<typeof messageSchema>;

export type Parsed = { readonly message: Message } | { readonly problem: string };

/** Deeper values than this cost a stack in too many places that walk them. */
const mostDepth = 64;

/** Reads a body that anybody may have sent. Never throws: what is wrong with it is a sentence. */
export const parseMessage = (body: string): Parsed => {
  let value: unknown;
  try {
    if (isTooDeep(body)) return { problem: `expected JSON at most ${mostDepth} levels deep` };
    value = JSON.parse(body);
  } catch (error) {
    return { problem: `expected JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const parsed = messageSchema.safeParse(value);
  return parsed.success ? { message: parsed.data } : { problem: problemOf(parsed.error, value) };
};

const problemOf = (error: z.ZodError, value: unknown): string => {
  const version = value !== null && typeof value === "object" ? Reflect.get(value, "v") : undefined;
  if (version !== undefined && version !== 1)
    return `expected message version 1, got ${JSON.stringify(version)}`;
  return error.issues.map((issue) => `${issue.path.join(".") || "message"}: ${issue.message}`).join("; ");
};

const isTooDeep = (body: string): boolean => {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < body.length; i++) {
    const code = body.charCodeAt(i);
    if (inText && code === backslash) i++;
    else if (code === quote) inText = !inText;
    else if (!inText && (code === openBrace || code === openBracket) && ++depth > mostDepth) return true;
    else if (!inText && (code === closeBrace || code === closeBracket)) depth--;
  }
  return false;
};

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [34, 92, 123, 125, 91, 93];

/** The body that asks for a run to be worked on. `input` is the JSON text where the sender has it at hand. */
export const messageFor = (run: Run, now: number, input = run.input, death?: Message["death"]): string => {
  const { id, job, gen, tenant, schedule, hops, trace } = run;
  const due = run.state === "running" || hasEnded(run.state) ? run.due : run.free;
  const stored = input === undefined && run.inputStored ? true : undefined;
  const head = JSON.stringify({
    v: 1,
    job,
    id,
    gen,
    due,
    sentAt: now,
    tenant,
    schedule,
    hops,
    trace,
    stored,
    death,
  });
  return input === undefined ? head : `${head.slice(0, -1)},"input":${input}}`;
};
