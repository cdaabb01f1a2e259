import { bytesOf } from "../json.ts";
import { type Redact, redactPatterns } from "../redact.ts";
import { clean, failureOf, maxCauses, maxNameLength, truncate } from "./failure.ts";
import { readThrown, type Thrown } from "./thrown.ts";

/** One error of a chain. */
interface FailureCause {
  readonly name: string;
  readonly message: string;
  /** A system's or a library's code, when the message does not have it. */
  readonly code?: string | undefined;
  /** Frames, one a line: `at charge (jobs/charge.ts:12:7)`. */
  readonly stack?: string | undefined;
}

/**
 * All that is kept of something thrown, for the log and the history of a run: at most 3,700 bytes of JSON, so that the
 * record of an attempt takes four write units at the most.
 */
export interface FailureDetails extends FailureCause {
  /** What caused it, and what caused that, the errors of an AggregateError included. At most 5. */
  readonly causes?: FailureCause[] | undefined;
}

const maxBytes = 3_700;
const messageLength = 1_000;
const stackLength = 2_000;
const causeMessageLength = 300;
const causeStackLength = 400;

/** Anything thrown, with its stack and its causes. Never throws. */
export const failureDetailsOf = (thrown: unknown, redact: Redact = redactPatterns): FailureDetails => {
  const read = readThrown(thrown);
  const causes = causesOf(read).map((cause) => entry(cause, redact, causeMessageLength, causeStackLength));
  const details = {
    ...entry(read, redact, messageLength, stackLength),
    ...(causes.length > 0 && { causes }),
  };
  // An AggregateError may have no message of its own.
  return bounded(
    details.message === "" ? { ...details, message: failureOf(thrown, redact).message } : details,
  );
};

const entry = (
  { name, message, code, stack }: Thrown,
  redact: Redact,
  maxMessageLength: number,
  maxStackLength: number,
): FailureCause => {
  const frames = framesOf(stack, redact, maxStackLength);
  return {
    name: truncate(clean(name, redact), maxNameLength),
    message: truncate(clean(message, redact), maxMessageLength),
    ...(code !== undefined && { code: truncate(clean(code, redact), maxNameLength) }),
    ...(frames !== "" && { stack: frames }),
  };
};

/** Breadth first: the errors of an AggregateError, its cause, then those of each of them. */
const causesOf = (first: Thrown): readonly Thrown[] => {
  const found: Thrown[] = [];
  const seen = new Set<unknown>();
  for (let level: readonly Thrown[] = [first]; level.length > 0 && found.length < maxCauses; ) {
    const next = level.flatMap(({ parts, cause }) => [...parts, ...(cause == null ? [] : [cause])]);
    const fresh = next.filter((thrown) => seen.size < seen.add(thrown).size);
    level = fresh.slice(0, maxCauses - found.length).map(readThrown);
    found.push(...level);
  }
  return found;
};

const searchedStackLength = 20_000;

/** As many whole frames as fit. */
const framesOf = (stack: string | undefined, redact: Redact, length: number): string => {
  const lines = (stack ?? "")
    .slice(0, searchedStackLength)
    .split("\n")
    .flatMap((line) => /^\s+(at .+)/.exec(line)?.[1] ?? []);
  const frames = redact(ownFrames(lines).map(fromProject).join("\n")).toWellFormed().split("\n");
  let kept = "";
  for (const frame of frames) {
    const longer = kept === "" ? frame : `${kept}\n${frame}`;
    if (longer.length > length) break;
    kept = longer;
  }
  return kept;
};

/** Frames of Node itself, and those below the call of the handler, are the same for every run: unless nothing else is there. */
const ownFrames = (lines: readonly string[]): readonly string[] => {
  const frames = lines.filter((line) => !/\(?node:internal\//.test(line));
  const boundary = frames.findIndex((line) => /shared\/pipeline\/worker\/attempt\.[jt]s/.test(line));
  return boundary > 0 ? frames.slice(0, boundary) : frames.length > 0 ? frames : lines;
};

/** A path from the project's folder, the same on every machine. */
const fromProject = (frame: string): string =>
  frame.replace(/(?:file:\/\/)?\/(?:[^\s()]*?\/)?(?=(?:jobs|shared|functions|node_modules)\/)/, "");

/** The most that fits: first the stacks of the causes are left out, then more and more of the rest. */
const bounded = (details: FailureDetails): FailureDetails => {
  const withoutCauseStacks = {
    ...details,
    ...(details.causes && { causes: details.causes.map(withoutStack) }),
  };
  const versions = [
    details,
    withoutCauseStacks,
    shortened(withoutCauseStacks, 300, 5),
    shortened(withoutCauseStacks, 200, 2),
  ];
  return (
    versions.find((version) => bytesOf(JSON.stringify(version)) <= maxBytes) ??
    withoutStack(shortened(details, 200, 1))
  );
};

const withoutStack = <Kind extends FailureCause>({ stack: _, ...rest }: Kind): Omit<Kind, "stack"> => rest;

const shortened = (details: FailureDetails, length: number, causes: number): FailureDetails => ({
  ...details,
  message: truncate(details.message, length),
  ...(details.stack !== undefined && {
    stack: framesOf(`\n  ${details.stack.replaceAll("\n", "\n  ")}`, (text) => text, length * 3),
  }),
  ...(details.causes && {
    causes: details.causes
      .slice(0, causes)
      .map(withoutStack)
      .map((cause) => ({ ...cause, message: truncate(cause.message, length) })),
  }),
});
