import { laneConcurrency } from "../../localstack/embedded/functions.ts";
import type { Ports } from "../../shared/ports.ts";
import { withEndpoint } from "./endpoint.ts";
import { withStack } from "./stack.ts";

/** A pipeline that runs, with `eachMinute(count)` as its schedules. */
export interface Scheduled {
  /** What it runs on, in a word or two. */
  readonly on: string;
  /** What works on lane normal there, which all of its runs are on, in a sentence: it is what limits it. */
  readonly workers: string;
  readonly ports: Ports;
}

type WithSchedules = <Answer>(
  count: number,
  measure: (pipeline: Scheduled) => Promise<Answer>,
) => Promise<Answer>;

export const placeNames = ["embedded", "endpoint"] as const;
export type PlaceName = (typeof placeNames)[number];

export const isPlaceName = (text: string): text is PlaceName => placeNames.some((name) => name === text);

/** The pipeline goes when the measure is over. */
export const places: Readonly<Record<PlaceName, WithSchedules>> = {
  embedded: (count, measure) =>
    withStack(`make.eachMinute(${count})`, ({ ports }) =>
      measure({ on: "embedded", workers: embeddedWorkers, ports }),
    ),
  endpoint: withEndpoint,
};

const embeddedWorkers = `On the embedded stack ${laneConcurrency("normal")} workers take them, each a batch of up to ten at a time.`;
