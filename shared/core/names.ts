import type { LaneName } from "./lane.ts";

/**
 * What a stage's resources are called. The names are part of the interface: any language can send to the queue
 * `millrace-prod-normal` knowing nothing but the stage. The tables are not among them: CloudFormation names those, so
 * that tables which were kept never block a deployment, and the queues' tags say what the names are.
 */
export const namesOf = (stage: string) => ({
  stack: `millrace-${stage}`,
  queue: (lane: LaneName) => `millrace-${stage}-${lane}`,
  deadLetterQueue: (lane: LaneName) => `millrace-${stage}-${lane}-dlq`,
  worker: (lane: LaneName) => `millrace-${stage}-worker-${lane}`,
  dispatcher: `millrace-${stage}-dispatcher`,
  sweeper: `millrace-${stage}-sweeper`,
});

export type Names = ReturnType<typeof namesOf>;
