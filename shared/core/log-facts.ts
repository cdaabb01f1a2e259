import { isSecretName, type Redact, redacted, redactPatterns } from "./redact.ts";
import { truncate } from "./runs/failure.ts";
import { failureDetailsOf } from "./runs/failure-details.ts";

export type LogFacts = Readonly<Record<string, unknown>>;

/** The logger's own keys of a line, and those that the runtime's middleware adds. */
const reserved: ReadonlySet<string> = new Set([
  "level",
  "message",
  "timestamp",
  "service",
  "sampling_rate",
  "xray_trace_id",
  "tenant_id",
  "cold_start",
  "function_arn",
  "function_memory_size",
  "function_name",
  "function_request_id",
]);

export interface LogFactsOptions {
  /** Facts of ours, which others cannot replace. */
  readonly own?: LogFacts;
  readonly redact?: Redact | undefined;
}

/**
 * The facts beside the message of a log line, as plain JSON without secrets. Never throws, whatever is given: an
 * Error becomes `error`, with its stack and causes; what is no object becomes `facts`; so do facts under names that are
 * the logger's or ours, so that neither is lost.
 */
export const logFacts = (facts: unknown, options: LogFactsOptions = {}): LogFacts => {
  const { own = {}, redact = redactPatterns } = options;
  const given = Object.entries(named(facts, createPlain(redact)(facts)));
  const isTaken = ([key]: readonly [string, unknown]): boolean =>
    reserved.has(key) || Object.hasOwn(own, key);
  const moved = given.filter(isTaken);
  const kept = Object.fromEntries(given.filter((entry) => !isTaken(entry)));
  if (moved.length === 0) return { ...own, ...kept };
  const { facts: before, ...rest } = kept;
  const inner = before === undefined ? {} : isRecord(before) ? before : { facts: before };
  return { ...own, ...rest, facts: { ...inner, ...Object.fromEntries(moved) } };
};

const named = (facts: unknown, plain: unknown): LogFacts => {
  if (plain === undefined || plain === null) return {};
  if (Error.isError(facts)) return { error: plain };
  return isRecord(plain) && !(facts instanceof Map) ? plain : { facts: plain };
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const maxDepth = 8;
const maxEntries = 100;
const maxValues = 2_000;
const maxTextLength = 8_000;
const maxAllText = 100_000;

type Plain = (value: unknown) => unknown;

/** Copies one value as plain JSON, within bounds. */
const createPlain = (redact: Redact): Plain => {
  let values = 0;
  let room = maxAllText;
  const within = new Set<object>();
  const text = (value: string): string => {
    const kept = redact(truncate(value, Math.min(maxTextLength, Math.max(room, 1))));
    room -= kept.length;
    return kept;
  };

  const plain: Plain = (value) => {
    if (++values > maxValues) return "[too much]";
    try {
      return value !== null && typeof value === "object" ? objectOf(value) : scalar(value);
    } catch {
      return "[cannot be read]";
    }
  };

  const scalar = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (value === null || value === undefined || typeof value === "boolean") return value;
    return typeof value === "number" && Number.isFinite(value) ? value : text(String(value));
  };

  const objectOf = (value: object): unknown => {
    if (Error.isError(value)) return failureDetailsOf(value, redact);
    if (within.has(value)) return "[circular]";
    if (within.size >= maxDepth) return "[too deep]";
    within.add(value);
    try {
      return partsOf(value);
    } finally {
      within.delete(value);
    }
  };

  const partsOf = (value: object): unknown => {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) return record([...value].map(([key, part]) => [String(key), () => part]));
    if (value instanceof Set) return list([...value]);
    if (Array.isArray(value)) return list(value);
    const toJson: unknown = Reflect.get(value, "toJSON");
    if (typeof toJson === "function") return plain(Reflect.apply(toJson, value, []));
    return record(Object.keys(value).map((key) => [key, () => Reflect.get(value, key)]));
  };

  const list = (all: readonly unknown[]): unknown => [
    ...all.slice(0, maxEntries).map(plain),
    ...(all.length > maxEntries ? [`[${all.length - maxEntries} more]`] : []),
  ];

  const record = (entries: readonly (readonly [string, () => unknown])[]): unknown =>
    Object.fromEntries([
      ...entries.slice(0, maxEntries).map(([key, read]) => [key, secretOr(key, read)]),
      ...(entries.length > maxEntries ? [["…", `[${entries.length - maxEntries} more]`]] : []),
    ]);

  const secretOr = (key: string, read: () => unknown): unknown => {
    const part = plainOf(read);
    const isShown = part === null || part === undefined || typeof part === "boolean" || !isSecretName(key);
    return isShown ? part : redacted;
  };

  const plainOf = (read: () => unknown): unknown => {
    try {
      return plain(read());
    } catch {
      return "[cannot be read]";
    }
  };

  return plain;
};
