import { describeValue } from "../describe-value.ts";
import { DefinitionError } from "../errors.ts";
import { isSchedule, type Schedule } from "../schedules/schedule.ts";
import { isJob, type Job } from "./job.ts";

/** The jobs and schedules of one deployment, each name once. */
export interface Registry {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly schedules: ReadonlyMap<string, Schedule>;
}

/** A module of a project, such as `jobs/index.ts`. */
export interface JobModule {
  /** The name by which messages refer to it. */
  readonly file: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/**
 * Collects what the modules of a project export: jobs, schedules, and arrays of them. One that is exported twice counts
 * once. The modules are user code, so they are checked whatever their types promise.
 * @throws DefinitionError when an export is none of these, when there is no job, or as `defineRegistry` does
 */
export const registryOf = (modules: readonly JobModule[]): Registry => {
  const [jobs, schedules] = [new Set<Job>(), new Set<Schedule>()];
  for (const { where, value } of modules.flatMap(entriesOf)) {
    if (isJob(value)) jobs.add(value);
    else if (isSchedule(value)) schedules.add(value);
    else throw notExpected(where, value);
  }
  const registry = defineRegistry([...jobs], [...schedules]);
  const [index] = modules;
  if (jobs.size > 0 || !index) return registry;
  throw new DefinitionError(index.file, {
    expected: "at least one exported job",
    remedy: "export what defineJob() returns",
  });
};

/** Each exported value, with its place. */
const entriesOf = ({ file, exports }: JobModule) =>
  Object.entries(exports).flatMap(
    ([name, exported]): { readonly where: string; readonly value: unknown }[] =>
      Array.isArray(exported)
        ? exported.map((value: unknown, i) => ({ where: `${file}: ${name}[${i}]`, value }))
        : [{ where: `${file}: ${name}`, value: exported }],
  );

const notExpected = (where: string, value: unknown): DefinitionError =>
  new DefinitionError(where, {
    expected: "a job made by defineJob(), a schedule made by schedule(), or an array of them",
    got: describeValue(value),
    remedy:
      value === undefined || value === null ? "check its import" : "export other values from another file",
  });

/**
 * Combines two lists into one registry.
 * @throws DefinitionError when a name is used twice, or a schedule's job is not in the list
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
            expected: `the exported job "${job.name}"`,
            got: "another job of that name",
            remedy: "import it from the same file",
          }
        : {
            expected: "an exported job",
            got: JSON.stringify(job.name),
            remedy: "export that job beside the others",
          },
    );
  }
  return { jobs: byName, schedules: schedulesByName };
};

const onceEach = <Named extends { readonly name: string }>(
  what: "job" | "schedule",
  all: readonly Named[],
): Map<string, Named> => {
  const byName = new Map<string, Named>();
  for (const one of all) {
    if (byName.has(one.name)) {
      throw new DefinitionError(`${what} "${one.name}"`, {
        expected: `each ${what} name once`,
        remedy: "rename one of the two",
      });
    }
    byName.set(one.name, one);
  }
  return byName;
};
