import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
} from "@aws-sdk/client-dynamodb";
import type { Item } from "./item.ts";
import { askUntilDone, chunksOf, type Store } from "./store.ts";

/** What became of one statement. Each stands or falls alone. */
export type Outcome =
  | { readonly kind: "done"; readonly item?: Item | undefined }
  /** Its condition did not hold. `item` is what stands there, from the stores that say it. */
  | { readonly kind: "refused"; readonly item?: Item | undefined }
  /** It may have taken effect or not. */
  | { readonly kind: "failed"; readonly code: string; readonly problem: string };

/** DynamoDB takes this many statements in one request. */
const mostStatements = 25;

/**
 * Conditional writes in few requests. HTTP 200 hides what became of each statement, and the SDK repeats none of them:
 * those that were throttled or failed inside are repeated here.
 * @throws Error when the table is not there or not ours to write.
 */
export const execute = async (
  store: Store,
  statements: readonly BatchStatementRequest[],
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = statements.map(() => unanswered);
  await askUntilDone(store, [...statements.keys()], async (positions) => {
    const wanted = positions.flatMap((position) => statements[position] ?? []);
    const answers = await executeOnce(store, wanted);
    positions.forEach((position, i) => {
      outcomes[position] = answers[i] ?? unanswered;
    });
    return positions.filter((position) => isPassing(outcomes[position]));
  });
  return outcomes;
};

const unanswered: Outcome = { kind: "failed", code: "NoAnswer", problem: "the batch came back without it" };

const executeOnce = async (
  { dynamodb }: Store,
  statements: readonly BatchStatementRequest[],
): Promise<readonly Outcome[]> => {
  const answers = await Promise.all(
    chunksOf(statements, mostStatements).map(async (chunk) => {
      const { Responses = [] } = await dynamodb.send(
        new BatchExecuteStatementCommand({ Statements: [...chunk] }),
      );
      return chunk.map((_, i) => outcomeOf(Responses[i]));
    }),
  );
  return answers.flat();
};

const verdicts: ReadonlySet<string> = new Set(["ConditionalCheckFailed", "DuplicateItem"]);

/** These say nothing of the statement and everything of the deployment. */
const misconfigured: ReadonlySet<string> = new Set(["AccessDenied", "ResourceNotFound"]);

const outcomeOf = (response: BatchStatementResponse | undefined): Outcome => {
  if (!response) return unanswered;
  const { Error: refusal, Item: item } = response;
  if (!refusal) return { kind: "done", item };
  const { Code: code = "Unknown", Message: problem = "" } = refusal;
  if (misconfigured.has(code)) throw new Error(`DynamoDB answered ${code}: ${problem}`);
  return verdicts.has(code) ? { kind: "refused", item: refusal.Item } : { kind: "failed", code, problem };
};

const lasting: ReadonlySet<string> = new Set(["ValidationError", "ItemCollectionSizeLimitExceeded"]);

const isPassing = (outcome: Outcome | undefined): boolean =>
  outcome?.kind === "failed" && !lasting.has(outcome.code);
