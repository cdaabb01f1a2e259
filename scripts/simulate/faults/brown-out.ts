import { portNames } from "../../../shared/testing/memory/intercept-ports.ts";
import { minute, second, type World } from "../world.ts";

/** A period in which most requests to one port fail. */
interface BrownOut {
  readonly key: string;
  readonly ports: readonly string[];
  /** `down`: requests have no effect. `late`: they take effect, but are answered after the caller has timed out. */
  readonly how: "down" | "late";
}

const store: readonly string[] = portNames.filter((name) => name !== "queue");

const brownOuts: readonly BrownOut[] = [
  { key: "brown-out: the store takes writes and answers too late", ports: store, how: "late" },
  { key: "brown-out: the store fails", ports: store, how: "down" },
  { key: "brown-out: the queue fails", ports: ["queue"], how: "down" },
];

/**
 * What a brown-out does to a call. Undefined: nothing. A simulation has each brown-out as often as a single request
 * fails: from some time in the first six minutes on, for up to four minutes.
 */
export const brownOutAt = (world: World, port: string, key: string): BrownOut["how"] | undefined => {
  const { random } = world.decisions;
  const isActive = (brownOut: BrownOut): boolean => {
    if (!brownOut.ports.includes(port) || !world.faultForAll(brownOut.key, 1)) return false;
    const from = random.whole(`${brownOut.key}: from`, minute, 6 * minute);
    const until = from + random.whole(`${brownOut.key}: for`, 20 * second, 4 * minute);
    return from <= world.elapsed() && world.elapsed() < until;
  };
  const active = brownOuts.find(isActive);
  return active && random.unit(`${key}: in a brown-out`) < 0.8 ? active.how : undefined;
};
