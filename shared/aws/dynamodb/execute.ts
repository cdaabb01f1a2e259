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

/** What became of one statement. Each stands or falls alone. */
export type Outcome =
  | { readonly kind: "done"; readonly item?: Item | undefined }
  /** Its condition did not hold. `item` is what stands there, from the stores that say it. */
  | { readonly kind: "refused"; readonly item?: Item | undefined }
  /** It may have taken effect or not. */
  | { readonly kind: "failed"; readonly code: string; readonly problem: string };

/** DynamoDB takes this many statements in one request. */
const maxStatements = 25;

/**
 * DynamoDB states no limit of bytes for such a request. This is the smallest that it states for any request of many
 * items, and it bounds the memory of a page of schedules with large inputs.
 */
const maxRequestBytes = 4_000_000;

/**
 * Conditional writes in few requests. HTTP 200 hides what became of each statement, and the SDK repeats none of them:
 * those that were throttled or failed inside are repeated here. A request that fails as a whole, after the SDK's own
 * attempts, leaves its statements in doubt, and no others.
 * @throws Error when the table is not there or not ours to write.
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

const unanswered: Outcome = { kind: "failed", code: "NoAnswer", problem: "the batch came back without it" };

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

/** Close enough to what travels: the parameters are nearly all of it. */
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
  // Nothing was written, because of one statement: its neighbours must not fail with it.
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

/** These say nothing of the statement and everything of the deployment: as codes of a statement, and as errors. */
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

/** What is not repeated here: it would fail again, or the SDK has repeated it. */
const permanentCodes: ReadonlySet<string> = new Set([
  "ValidationError",
  "ItemCollectionSizeLimitExceeded",
  "RequestFailed",
]);

const isTransient = (outcome: Outcome | undefined): boolean =>
  outcome?.kind === "failed" && !permanentCodes.has(outcome.code);
