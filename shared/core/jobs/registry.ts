import { DefinitionError } from "../errors.ts";
import type { Schedule } from "../schedules/schedule.ts";
import type { Job } from "./job.ts";

/** The jobs and schedules of one deployment, each name once. */
export interface Registry {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly schedules: ReadonlyMap<string, Schedule>;
}

/**
 * Two lists as one registry. The lists are user code, so they are checked whatever their types promise.
 * @throws DefinitionError when an entry is none, a name is there twice, or a schedule's job is not in the list
 */
export const defineRegistry = (jobs: readonly Job[], schedules: readonly Schedule[] = []): Registry => {
  const byName = onceEach("job", jobs);
  const schedulesByName = onceEach("schedule", schedules);
  for (const { name, job } of schedules) {
    if (byName.get(job.name) === job) continue;
    throw new DefinitionError(
      `schedule "${name}"`,
      byName.has(job.name)
        ? {
            expected: `the job "${job.name}" of jobs/index.ts`,
            got: "another job of that name",
            remedy: "import it from the same file",
          }
        : {
            expected: "a job of the registry",
            got: JSON.stringify(job.name),
            remedy: "add it to jobs/index.ts",
          },
    );
  }
  return { jobs: byName, schedules: schedulesByName };
};

const lists = {
  job: { file: "jobs/index.ts", name: "jobs", maker: "defineJob" },
  schedule: { file: "jobs/schedules.ts", name: "schedules", maker: "schedule" },
} as const;

const onceEach = <Named extends { readonly name: string }>(
  what: keyof typeof lists,
  all: readonly Named[],
): Map<string, Named> => {
  const { file, name: list, maker } = lists[what];
  if (!Array.isArray(all))
    throw new DefinitionError(`${file}: ${list}`, {
      expected: `an array of what ${maker}() returns`,
      got: typeof all,
    });
  const byName = new Map<string, Named>();
  for (const [index, one] of all.entries()) {
    if (!isDefined(one)) {
      throw new DefinitionError(`${file}: ${list}[${index}]`, {
        expected: `what ${maker}() returns`,
        got: one === null ? "null" : typeof one,
        remedy: "check its import",
      });
    }
    const known = byName.get(one.name);
    if (known) {
      const remedy = known === one ? "remove one of the two entries" : "rename one of the two";
      throw new DefinitionError(`${what} "${one.name}"`, {
        expected: `each name once in ${file}`,
        remedy,
      });
    }
    byName.set(one.name, one);
  }
  return byName;
};

const isDefined = (entry: unknown): boolean =>
  typeof entry === "object" &&
  entry !== null &&
  "name" in entry &&
  typeof entry.name === "string" &&
  ("run" in entry || "rule" in entry);
