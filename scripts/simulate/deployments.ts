import { defineRegistry, type Registry } from "../../shared/core/jobs/registry.ts";
import { defineJob, every, type Job, type Schedule, schedule } from "../../shared/index.ts";
import { anyInput, handlerOf } from "./handlers.ts";
import { clockText, minute, type World } from "./world.ts";

type Policy = NonNullable<Parameters<typeof schedule>[3]>;

/** A schedule of the code, which may or may not exist in a simulation. */
interface Planned {
  readonly name: string;
  readonly job: "alpha" | "beta" | "gamma";
  readonly seconds: number;
  readonly policy: Policy;
}

/** Names begin with `s`, so that the checks know which are the code's own. */
const plannedSchedules: readonly Planned[] = [
  { name: "s-allow", job: "alpha", seconds: 40, policy: {} },
  { name: "s-skip", job: "beta", seconds: 30, policy: { overlap: "skip" } },
  { name: "s-queue", job: "alpha", seconds: 40, policy: { overlap: "buffer-one" } },
  { name: "s-later", job: "beta", seconds: 40, policy: { overlap: "cancel-running" } },
  { name: "s-first", job: "alpha", seconds: 30, policy: { overlap: "cancel-new" } },
  { name: "s-all", job: "beta", seconds: 60, policy: { catchUp: "all" } },
  { name: "s-none", job: "alpha", seconds: 40, policy: { catchUp: "none" } },
  { name: "s-deadly", job: "beta", seconds: 60, policy: { pauseAfterDeaths: 2 } },
];

/** What the second deployment changes. Each may happen or not. */
const changes = {
  adds: "deploy adds a job and its schedule",
  moves: "deploy moves job beta to a slower lane",
  edits: "deploy edits the rule of s-allow",
  swaps: "deploy changes the job of s-all",
  removes: "deploy removes s-skip",
} as const;

interface Shape {
  readonly isMoved: boolean;
  readonly hasGamma: boolean;
  readonly schedules: readonly Planned[];
}

/** The first deployment, and the second if there is one. Whether a schedule exists is decided here. */
export const planDeployments = (world: World): void => {
  const { take } = world.decisions;
  const exists = ({ name }: Planned) => take({ kind: "setup", key: `schedule ${name} exists`, chance: 0.4 });
  const first: Shape = { isMoved: false, hasGamma: false, schedules: plannedSchedules.filter(exists) };
  world.registries.push(registryOf(world, first));
  if (!take({ kind: "setup", key: "there is a second deployment", chance: 0.35 })) return;
  const has = (change: keyof typeof changes) => take({ kind: "setup", key: changes[change], chance: 0.5 });
  const [hasGamma, isMoved, edits, swaps, removes] = [
    has("adds"),
    has("moves"),
    has("edits"),
    has("swaps"),
    has("removes"),
  ];
  const added: readonly Planned[] = hasGamma
    ? [{ name: "s-new", job: "gamma", seconds: 30, policy: {} }]
    : [];
  const schedules = [...first.schedules, ...added]
    .filter(({ name }) => !(removes && name === "s-skip"))
    .map((one) => (edits && one.name === "s-allow" ? { ...one, seconds: 30 } : one))
    .map((one): Planned => (swaps && one.name === "s-all" ? { ...one, job: "alpha" } : one));
  world.registries.push(
    registryOf(world, { isMoved: isMoved ?? false, hasGamma: hasGamma ?? false, schedules }),
  );
};

const registryOf = (world: World, { isMoved, hasGamma, schedules }: Shape): Registry => {
  const jobs = jobsOf(world, isMoved);
  const used = hasGamma ? jobs : jobs.filter(({ name }) => name !== "gamma");
  const toSchedule = ({ name, job, seconds, policy }: Planned): readonly Schedule[] =>
    jobs
      .filter((one) => one.name === job)
      .map((one) => schedule(every(`${seconds} seconds`), one, undefined, { name, ...policy }));
  return defineRegistry(used, schedules.flatMap(toSchedule));
};

const jobsOf = (world: World, isMoved: boolean): readonly Job[] => [
  defineJob({
    name: "alpha",
    input: anyInput,
    timeout: "1 minute",
    run: handlerOf(world, "alpha"),
    retry: { attempts: 3, base: "20 seconds" },
  }),
  defineJob({
    name: "beta",
    input: anyInput,
    run: handlerOf(world, "beta"),
    ...(isMoved
      ? ({ priority: "low", timeout: "10 minutes" } as const)
      : ({ priority: "high", timeout: "1 minute" } as const)),
    retry: { attempts: 2, base: "5 seconds" },
  }),
  defineJob({
    name: "gamma",
    input: anyInput,
    priority: "critical",
    timeout: "30 seconds",
    run: handlerOf(world, "gamma"),
  }),
];

/** Attempts that each job has. */
export const attemptsOf: Readonly<Record<string, number>> = { alpha: 3, beta: 2, gamma: 3 };

const windowMs = 90_000;

/** When the second deployment begins, since the simulation began. Old and new code run side by side from then on for a while. */
const deployedAt = ({ registries, decisions: { random } }: World): number =>
  registries.length < 2 ? Number.POSITIVE_INFINITY : random.whole("deploy", 2 * minute, 6 * minute);

/** The code that a new process runs. */
export const registryFor = (world: World, label: string): Registry => {
  const [old, fresh = old] = world.registries;
  const since = world.elapsed() - deployedAt(world);
  const isFresh = since >= windowMs || (since >= 0 && world.decisions.random.unit(`${label}: code`) < 0.5);
  const registry = isFresh ? fresh : old;
  if (!registry) throw new Error(`nothing is deployed at ${clockText(world.elapsed())}`);
  return registry;
};

/** Schedules of the code that a deployment changes: what is due by their rules is not the same all the time. */
export const isChangedByDeploy = ({ decisions }: World, name: string): boolean => {
  const taken = new Set(decisions.taken().map(({ key }) => key));
  return (
    (name === "s-allow" && taken.has(changes.edits)) ||
    (name === "s-all" && taken.has(changes.swaps)) ||
    (name === "s-skip" && taken.has(changes.removes)) ||
    name === "s-new"
  );
};
