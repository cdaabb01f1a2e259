import { laneConcurrency } from "../../localstack/embedded/functions.ts";
import { withEndpoint } from "./endpoint.ts";
import type { ScheduledPipeline } from "./scheduled-pipeline.ts";
import { withStack } from "./stack.ts";

type WithSchedules = <Answer>(
  count: number,
  measure: (pipeline: ScheduledPipeline) => Promise<Answer>,
) => Promise<Answer>;

export const placeNames = ["embedded", "endpoint"] as const;
export type PlaceName = (typeof placeNames)[number];

export const isPlaceName = (text: string): text is PlaceName => placeNames.some((name) => name === text);

/** Each starts a pipeline, and removes it after the measurement. */
export const places: Readonly<Record<PlaceName, WithSchedules>> = {
  embedded: (count, measure) =>
    withStack(`make.eachMinute(${count})`, ({ ports }) =>
      measure({ on: "embedded", workers: embeddedWorkers, ports }),
    ),
  endpoint: withEndpoint,
};

const embeddedWorkers = `On the embedded stack ${laneConcurrency("normal")} workers process them, each a batch of up to ten at a time.`;
