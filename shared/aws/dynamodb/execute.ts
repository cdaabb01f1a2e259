import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
} from "@aws-sdk/client-dynamodb";
import { bytesOf } from "../../core/json.ts";
import { failureOf } from "../../core/runs/failure.ts";
import type { Item } from "./item.ts";
import { groupsOf, retryUnprocessed, type Store, settleAll } from "./store.ts";

/** The outcome of one statement. Each succeeds or fails alone. */
export type Outcome =
  | { readonly kind: "done"; readonly item?: Item | undefined }
  /** The condition did not hold. `item` is the existing item, from stores that return it. */
  | { readonly kind: "refused"; readonly item?: Item | undefined }
  /** The statement may or may not have taken effect. */
  | { readonly kind: "failed"; readonly code: string; readonly problem: string };

/** DynamoDB accepts this many statements in one request. */
const maxStatements = 25;

/**
 * DynamoDB documents no limit of bytes for such a request. This is the smallest that it documents for any request of
 * many items, and it bounds the memory of a page of schedules with large inputs.
 */
const maxRequestBytes = 4_000_000;

/**
 * Execute conditional writes in few requests. An answer with HTTP 200 may contain failed statements, which the SDK does
 * not retry: throttled and internally failed statements are retried here. A request that fails as a whole, after the
 * SDK's own retries, leaves only its own statements in doubt.
 * @throws Error when the table does not exist or access is denied.
 */
export const execute = async (
  store: Store,
  statements: readonly BatchStatementRequest[],
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = statements.map(() => unanswered);
  await retryUnprocessed(store, [...statements.keys()], async (positions) => {
    const wanted = positions.flatMap((position) => statements[position] ?? []);
    const answers = await executeOnce(store, wanted);
    positions.forEach((position, i) => {
      outcomes[position] = answers[i] ?? unanswered;
    });
    return positions.filter((position) => isTransient(outcomes[position]));
  });
  return outcomes;
};

const unanswered: Outcome = {
  kind: "failed",
  code: "NoAnswer",
  problem: "the batch answer did not include it",
};

const executeOnce = async (
  store: Store,
  statements: readonly BatchStatementRequest[],
): Promise<readonly Outcome[]> => {
  const requests = groupsOf(statements, {
    count: maxStatements,
    bytes: maxRequestBytes,
    bytesOf: statementBytes,
  });
  return (await settleAll(requests.map((request) => executeRequest(store, request)))).flat();
};

/** The approximate size of a statement on the wire: nearly all of it are parameters. */
const statementBytes = ({ Statement = "", Parameters = [] }: BatchStatementRequest): number =>
  Parameters.reduce(
    (sum, value) => sum + (value.S === undefined ? jsonBytes(value) : bytesOf(value.S)),
    Statement.length,
  );

const jsonBytes = (value: AttributeValue): number => bytesOf(JSON.stringify(value));

const executeRequest = async (
  store: Store,
  statements: readonly BatchStatementRequest[],
): Promise<readonly Outcome[]> => {
  const answer = await send(store, statements);
  if ("responses" in answer) return statements.map((_, i) => outcomeOf(answer.responses[i]));
  const { name, message } = failureOf(answer.error);
  if (deploymentErrors.has(name)) throw answer.error;
  const problem = `${name}: ${message}`;
  if (name !== refusedRequest)
    return statements.map(() => ({ kind: "failed", code: "RequestFailed", problem }));
  if (statements.length === 1) return [{ kind: "failed", code: "ValidationError", problem }];
  // Nothing was written because of one statement. The others must not fail with it.
  const half = Math.ceil(statements.length / 2);
  return [
    ...(await executeRequest(store, statements.slice(0, half))),
    ...(await executeRequest(store, statements.slice(half))),
  ];
};

const refusedRequest = "ValidationException";

const send = async (
  { dynamodb }: Store,
  statements: readonly BatchStatementRequest[],
): Promise<{ readonly responses: readonly BatchStatementResponse[] } | { readonly error: unknown }> => {
  try {
    const command = new BatchExecuteStatementCommand({ Statements: [...statements] });
    return { responses: (await dynamodb.send(command)).Responses ?? [] };
  } catch (error) {
    return { error };
  }
};

const refusalCodes: ReadonlySet<string> = new Set(["ConditionalCheckFailed", "DuplicateItem"]);

/** Errors of the deployment, not of a statement: as codes of a statement, and as errors of a request. */
const deploymentErrors: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "ResourceNotFound",
  "ResourceNotFoundException",
  "CredentialsProviderError",
  "ExpiredTokenException",
  "InvalidSignatureException",
  "UnrecognizedClientException",
]);

const outcomeOf = (response: BatchStatementResponse | undefined): Outcome => {
  if (!response) return unanswered;
  const { Error: refusal, Item: item } = response;
  if (!refusal) return { kind: "done", item };
  const { Code: code = "Unknown", Message: problem = "" } = refusal;
  if (deploymentErrors.has(code)) throw new Error(`DynamoDB answered ${code}: ${problem}`);
  return refusalCodes.has(code) ? { kind: "refused", item: refusal.Item } : { kind: "failed", code, problem };
};

/** Failures that are not retried: they would fail again, or the SDK has retried them. */
const permanentCodes: ReadonlySet<string> = new Set([
  "ValidationError",
  "ItemCollectionSizeLimitExceeded",
  "RequestFailed",
]);

const isTransient = (outcome: Outcome | undefined): boolean =>
  outcome?.kind === "failed" && !permanentCodes.has(outcome.code);
