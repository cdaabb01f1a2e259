import { registryFor } from "../deployments.ts";
import { clockText, second, type World } from "../world.ts";
import { askOperation, runVerb, type Verb } from "./command.ts";
import { runVerbs } from "./run-verbs.ts";
import { operatorNames, scheduleVerbs } from "./schedule-verbs.ts";

const verbs: readonly Verb[] = [...runVerbs, ...scheduleVerbs];
const totalWeight = verbs.reduce((sum, { weight }) => sum + weight, 0);

/** An operator or a client does something about every ten seconds of the busy time, some of it at the same time. */
export const commandEveryMs = 10 * second;

/** Start the next command if it is due. */
export const startCommand = (world: World): void => {
  const turn = `command at ${clockText(world.elapsed())}`;
  const verb = chosen(world.decisions.random.unit(`${turn}: verb`));
  const key = `${turn}: ${verb.name}`;
  if (!world.decisions.take({ kind: "setup", key, chance: 0.7 })) return;
  void runVerb(world, verb, key).catch((error: unknown) => world.crashes.push(`${key}: ${String(error)}`));
};

const chosen = (unit: number): Verb => {
  let left = unit * totalWeight;
  for (const verb of verbs) {
    left -= verb.weight;
    if (left < 0) return verb;
  }
  throw new Error("no verb has any weight");
};

/** Schedules made at run time before anything goes wrong. */
export const createOperatorSchedules = async (world: World): Promise<void> => {
  for (const name of operatorNames) {
    if (!world.decisions.take({ kind: "setup", key: `schedule ${name} exists`, chance: 0.4 })) continue;
    const policy = name === "o-b" ? { overlap: "buffer-one" } : {};
    await askCalmly(world, "schedules.create", { name, job: "alpha", rule: "every 30 seconds", ...policy });
  }
};

/** Ask without any fault. */
export const askCalmly = async (world: World, name: string, input: object): Promise<unknown> =>
  await askOperation(name, input, { ports: world.memory.ports, registry: registryFor(world, "operator") });
