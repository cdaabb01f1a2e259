import type { Registry } from "../../../shared/core/jobs/registry.ts";
import { operations } from "../../../shared/operations/index.ts";
import { operate } from "../../../shared/operations/operation.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import { registryFor } from "../deployments.ts";
import type { Obligation } from "../effect-ledger.ts";
import { runProcess } from "../processes.ts";
import { second, type World } from "../world.ts";

/** One command of an operator, or one call of a client, as the verbs see it. */
export interface Command {
  readonly world: World;
  readonly ports: Ports;
  readonly registry: Registry;
  /** How far the caller's clock is ahead. */
  readonly skewMs: number;
  /** Ask by the name of an operation. */
  ask(name: string, input: object): Promise<unknown>;
  /** A number that depends on the seed, this command and the name alone. */
  unit(name: string): number;
  whole(name: string, least: number, most: number): number;
  pick<Item>(name: string, items: readonly Item[]): Item | undefined;
}

/** What a verb is about to do. */
interface Intent {
  readonly about: string;
  readonly act: () => Promise<Obligation>;
}

export interface Verb {
  readonly name: string;
  /** How often it is chosen in comparison with the others. */
  readonly weight: number;
  /** Undefined when there is nothing to apply it to. */
  readonly plan: (command: Command) => Intent | undefined;
}

const commandTimeoutMs = 120 * second;

/** Carry out a verb in a process of its own, and record the answer. */
export const runVerb = async (world: World, verb: Verb, key: string): Promise<void> => {
  const { clock } = world.memory;
  const { random } = world.decisions;
  await runProcess(world, { label: key, timeoutMs: commandTimeoutMs }, async ({ ports, skewMs, label }) => {
    const registry = registryFor(world, label);
    const intent = verb.plan({
      world,
      ports,
      registry,
      skewMs,
      ask: (name, input) => askOperation(name, input, { ports, registry }),
      unit: (name) => random.unit(`${label}: ${name}`),
      whole: (name, least, most) => random.whole(`${label}: ${name}`, least, most),
      pick: (name, items) => random.pick(`${label}: ${name}`, items),
    });
    if (!intent) return;
    const question = world.ledger.ask({ verb: verb.name, about: intent.about, askedAt: clock.now(), skewMs });
    try {
      const obligation = await intent.act();
      question.answer("ok", clock.now(), obligation);
    } catch {
      question.answer("error", clock.now());
    }
  });
};

/** @throws whatever the operation throws */
export const askOperation = async (
  name: string,
  input: object,
  context: { readonly ports: Ports; readonly registry: Registry },
): Promise<unknown> => {
  const operation = operations.find((one) => one.name === name);
  if (!operation) throw new Error(`there is no operation "${name}"`);
  return await operate(operation, input, context);
};
