import type { LaneName } from "./lane.ts";

/**
 * What a stage's resources are called. The names are part of the interface: any language can send to the queue
 * `millrace-prod-normal` knowing nothing but the stage.
 */
export const namesOf = (stage: string) => ({
  stack: `millrace-${stage}`,
  runsTable: `millrace-${stage}-runs`,
  stateTable: `millrace-${stage}-state`,
  queue: (lane: LaneName) => `millrace-${stage}-${lane}`,
  deadLetterQueue: (lane: LaneName) => `millrace-${stage}-${lane}-dlq`,
  worker: (lane: LaneName) => `millrace-${stage}-worker-${lane}`,
  dispatcher: `millrace-${stage}-dispatcher`,
  sweeper: `millrace-${stage}-sweeper`,
});

export type Names = ReturnType<typeof namesOf>;
