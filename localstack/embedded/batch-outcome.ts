import type { Invocation } from "./invocation.ts";

/**
 * Returns the messages that an event source mapping with ReportBatchItemFailures deletes: all that were not reported,
 * or none when the invocation failed or its report is invalid (AWS Lambda developer guide, "Handling errors for an SQS
 * event source": success and failure conditions).
 */
export const completedMessages = (messageIds: readonly string[], outcome: Invocation): readonly string[] => {
  const failures = outcome.ok ? reported(outcome.response) : undefined;
  if (failures === undefined) return [];
  const isValid = failures.every((id) => typeof id === "string" && messageIds.includes(id));
  return isValid ? messageIds.filter((id) => !failures.includes(id)) : [];
};

/** The identifiers that a response reports, unchecked; undefined when it is not a report. */
const reported = (response: unknown): readonly unknown[] | undefined => {
  if (response === null || response === undefined) return [];
  if (typeof response !== "object" || Array.isArray(response)) return undefined;
  const failures = "batchItemFailures" in response ? response.batchItemFailures : null;
  if (failures === null || failures === undefined) return [];
  return Array.isArray(failures) ? failures.map(identifier) : undefined;
};

const identifier = (failure: unknown): unknown =>
  typeof failure === "object" && failure !== null && "itemIdentifier" in failure
    ? failure.itemIdentifier
    : undefined;
