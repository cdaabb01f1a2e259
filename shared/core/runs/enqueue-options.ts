import { describeValue } from "../describe-value.ts";
import { type Duration, durationMs, durationText, maxDurationMs } from "../duration.ts";
import { DefinitionError } from "../errors.ts";
import { type EnqueueOptions, isJob, maxTimeoutMs } from "../jobs/job.ts";
import { isJobRef, type JobTarget } from "../jobs/job-ref.ts";
import { bytesOf } from "../json.ts";
import { isLaneName, type LaneName, laneNames } from "../lane.ts";

/** What a caller asked for, as the run's row and its message can carry it. */
export interface CheckedOptions {
  readonly key?: string | undefined;
  readonly lane: LaneName;
  /** Milliseconds since 1970, never before now. */
  readonly dueAt: number;
  readonly tenant?: string | undefined;
  readonly expiresAt?: number | undefined;
  readonly tags?: readonly string[] | undefined;
}

/**
 * Check the options of one run. Callers without types send anything: null is absence, as many serializers write it, and
 * everything else that is not as the types say is refused, since a message of it would be refused by its worker.
 * @throws DefinitionError that names the option.
 */
export const checkOptions = (
  job: JobTarget,
  options: EnqueueOptions | null | undefined,
  now: number,
): CheckedOptions => {
  const { key, delay, at, priority, tenant, expiresIn, tags } = withoutNulls(options ?? {});
  const dueAt = dueFrom(delay, at, now);
  return {
    key: key === undefined ? undefined : checkedWord("key", key),
    lane: laneFor(job, priority),
    dueAt,
    tenant: tenant === undefined ? undefined : checkedWord("tenant", tenant),
    expiresAt: expiresIn === undefined ? undefined : dueAt + durationMs(expiresIn, "expiresIn"),
    tags: tags === undefined ? undefined : checkedTags(tags),
  };
};

const optionNames: ReadonlySet<string> = new Set<keyof EnqueueOptions>([
  "key",
  "delay",
  "at",
  "priority",
  "tenant",
  "expiresIn",
  "tags",
]);

/** A misspelt option would be ignored: a run that was to wait would start at once. */
const withoutNulls = (options: EnqueueOptions): EnqueueOptions => {
  if (typeof options !== "object" || Array.isArray(options)) {
    throw new DefinitionError("options", {
      expected: 'an object such as { key: "order-17" }',
      got: describeValue(options),
    });
  }
  const given = Object.entries(options).filter(([, value]) => value !== null && value !== undefined);
  const unknown = given.find(([name]) => !optionNames.has(name));
  if (unknown) {
    throw new DefinitionError("options", {
      expected: `the names ${[...optionNames].join(", ")}`,
      got: describeValue(unknown[0]),
      remedy: "correct its name, or leave it out",
    });
  }
  return Object.fromEntries(given);
};

const dueFrom = (delay: Duration | undefined, at: Date | undefined, now: number): number => {
  if (delay !== undefined && at !== undefined)
    throw new DefinitionError("delay", { oneOf: ["delay", "at"], got: "several" });
  return at === undefined ? now + delayMs(delay) : checkInstant(at, now);
};

const delayMs = (delay: Duration | undefined): number =>
  delay === undefined ? 0 : durationMs(delay, "delay");

/**
 * The instant from which a run may be claimed, never before now.
 * @throws DefinitionError when it is not a valid Date, or further away than any date that is meant.
 */
export const checkInstant = (at: Date, now: number): number => {
  const isDate = Object.prototype.toString.call(at) === "[object Date]";
  const due = isDate ? Number(at) : Number.NaN;
  if (Number.isNaN(due)) {
    throw new DefinitionError("at", {
      expected: "a valid Date",
      got: describeValue(at),
      remedy: 'pass one, such as new Date("2027-01-01T00:00:00Z")',
    });
  }
  if (due - now > maxDurationMs) {
    throw new DefinitionError("at", {
      expected: `an instant within ${durationText(maxDurationMs)} from now`,
      got: at.toISOString(),
    });
  }
  return Math.max(due, now);
};

const wordPattern = /^[\x21-\x7e]{1,128}$/;

/** What a message can carry, and SQS can group by. */
const checkedWord = (field: "key" | "tenant", text: unknown): string => {
  if (typeof text === "string" && wordPattern.test(text)) return text;
  throw new DefinitionError(field, {
    expected: "1 to 128 visible ASCII characters without spaces",
    got: describeValue(text),
  });
};

const laneFor = (job: JobTarget, priority: string = job.lane): LaneName => {
  if (!isLaneName(priority)) {
    throw new DefinitionError("priority", {
      expected: `one of ${laneNames.join(", ")}`,
      got: describeValue(priority),
    });
  }
  const most = maxTimeoutMs(priority);
  if (job.timeoutMs > most) {
    const reason = `allows ${durationText(most)} per attempt and job "${job.name}" asks for ${durationText(job.timeoutMs)}`;
    throw new DefinitionError("priority", {
      expected: "a lane with more time",
      got: `"${priority}": it ${reason}`,
    });
  }
  return priority;
};

const maxTagLength = 128;
const maxTags = 10;

/** Tags are in the run's row, and each of its writes pays for them: at most about one write unit more. */
const maxTagBytes = 1_024;

const checkedTags = (tags: unknown): readonly string[] => {
  if (!Array.isArray(tags))
    throw new DefinitionError("tags", { expected: "a list of texts", got: describeValue(tags) });
  const checked = tags.map(checkedTag);
  const bytes = checked.reduce((sum, tag) => sum + bytesOf(tag), 0);
  if (checked.length > maxTags || bytes > maxTagBytes) {
    throw new DefinitionError("tags", {
      expected: `at most ${maxTags} tags of ${maxTagBytes} bytes together`,
      got: `${checked.length} of ${bytes} bytes`,
      remedy: "put the rest into the input",
    });
  }
  return checked;
};

const checkedTag = (tag: unknown): string => {
  if (typeof tag === "string" && tag.length >= 1 && tag.length <= maxTagLength && tag.isWellFormed())
    return tag;
  throw new DefinitionError("tags", {
    expected: `texts of 1 to ${maxTagLength} characters`,
    got: describeValue(tag),
  });
};

/**
 * A job is passed by value, so that its input is checked as it is compiled.
 * @throws DefinitionError when the value is not a job, such as the name of one.
 */
export const checkJob = (job: unknown): void => {
  if (!isJob(job)) throw notAJob(job, "a job as defineJob returns it");
};

/**
 * What is enqueued may also be a reference to a job.
 * @throws DefinitionError when the value is neither.
 */
export const checkTarget = (job: unknown): void => {
  if (!isJob(job) && !isJobRef(job)) throw notAJob(job, "a job as defineJob returns it, or a jobRef");
};

const notAJob = (job: unknown, expected: string): DefinitionError =>
  new DefinitionError("job", {
    expected,
    got: isJobRef(job) ? `a reference to job "${job.name}"` : describeValue(job),
    remedy: remedyFor(job),
  });

const remedyFor = (job: unknown): string => {
  if (isJobRef(job)) return "import the job itself: a reference can only be enqueued";
  if (typeof job === "string")
    return "import the job and pass it, not its name: from elsewhere, the command line and a bare message take names";
  if (job === undefined) return "check that the file that defines it is not imported in a circle";
  return "make it with defineJob";
};
