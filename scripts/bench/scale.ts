import { describeAws } from "./scale-aws.ts";
import { describeStored, measureStored, type TickWork } from "./scale-stored.ts";
import { describeStorm, measureStorm, type Storm } from "./scale-storm.ts";

export interface ScaleOptions {
  /** Schedules due in the same second. */
  readonly storm: number;
  /** Whether to also store a million schedules, which takes many minutes. */
  readonly million: boolean;
}

export interface Scale {
  readonly stored: readonly TickWork[];
  readonly storm: Storm;
}

export const measureScale = async ({ storm, million }: ScaleOptions): Promise<Scale> => ({
  stored: await measureStored([10, 10_000, ...(million ? [1_000_000] : [])]),
  storm: await measureStorm(storm),
});

export const describeScale = ({ stored, storm }: Scale): string =>
  [describeStored(stored), describeStorm(storm), describeAws(100_000, processorMs(storm))].join("\n\n");

/** Processor time of one occurrence in the dispatchers, their start included. */
const processorMs = ({ due, seconds, processors }: Storm): number => {
  const dispatcher = processors.uses.find(({ name }) => name === "dispatcher");
  return ((dispatcher?.cores ?? Number.NaN) * seconds * 1_000) / due;
};
