import { DefinitionError } from "./errors.ts";
import type { Job } from "./job.ts";
import type { Schedule } from "./schedule.ts";

/** The jobs and schedules of one deployment, each name once. */
export interface Registry {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly schedules: ReadonlyMap<string, Schedule>;
}

/** @throws DefinitionError when a name stands twice, or a schedule names a job that is not registered. */
export const defineRegistry = (jobs: readonly Job[], schedules: readonly Schedule[] = []): Registry => {
  const byName = onceEach("job", jobs);
  for (const { name, job } of schedules) {
    if (byName.get(job.name) !== job) {
      throw new DefinitionError(
        `schedule "${name}"`,
        `expected a job of the registry, got "${job.name}"; add it to jobs/index.ts`,
      );
    }
  }
  return { jobs: byName, schedules: onceEach("schedule", schedules) };
};

const onceEach = <Named extends { readonly name: string }>(
  what: string,
  all: readonly Named[],
): Map<string, Named> => {
  const byName = new Map<string, Named>();
  for (const one of all) {
    if (byName.has(one.name)) {
      throw new DefinitionError(`${what} "${one.name}"`, `expected each name once; rename one of the two`);
    }
    byName.set(one.name, one);
  }
  return byName;
};
