import { z } from "zod";
import type { Call, Reply } from "../../localstack/chaos/call.ts";
import type { RunState } from "../../shared/core/run.ts";

/** What can be told from the calls that proxies wrote down. */

/** A write that ended a run, and that DynamoDB accepted. */
export interface End {
  readonly run: string;
  readonly state: string;
}

const request = z.object({
  Statements: z.array(
    z.object({ Statement: z.string(), Parameters: z.array(z.object({ S: z.string().optional() })) }),
  ),
});
const response = z.object({ Responses: z.array(z.object({ Error: z.unknown().optional() })) });

/** Once for each time that it took effect. */
export const endsIn = (calls: readonly Call[]): readonly End[] =>
  calls
    .filter(({ action }) => action === "BatchExecuteStatement")
    .flatMap(({ body, replies }) => replies.flatMap((reply) => acceptedEnds(body, reply)));

const acceptedEnds = (body: string, reply: Reply): readonly End[] => {
  if (reply.status !== 200) return [];
  const { Responses } = response.parse(JSON.parse(reply.body));
  return request.parse(JSON.parse(body)).Statements.flatMap((statement, i) => {
    if (Responses[i]?.Error || !statement.Statement.startsWith("UPDATE")) return [];
    const values = valuesOf(statement.Statement, statement.Parameters);
    const [state, run] = [values.find(([name]) => name === "state")?.[1], values.find(([name]) => name === "id")?.[1]];
    return state && run && isEnd(state) ? [{ run, state }] : [];
  });
};

/** Names and their texts, in the order of the statement: what is set, then what is asked for. */
const valuesOf = (text: string, parameters: readonly { S?: string | undefined }[]) =>
  [...text.matchAll(/"(\w+)"<?=\?/g)].map(([, name], i) => [name, parameters[i]?.S] as const);

const ends: ReadonlySet<string> = new Set<RunState>(["succeeded", "dead", "cancelled", "expired"]);

const isEnd = (state: string): boolean => ends.has(state);

const received = z.object({ Messages: z.array(z.object({ ReceiptHandle: z.string() })).default([]) });

/** The messages that a process hid by receiving them. */
export const receivedIn = (calls: readonly Call[]): readonly { readonly ReceiptHandle: string }[] =>
  calls
    .filter(({ action }) => action === "ReceiveMessage")
    .flatMap(({ replies }) => replies.flatMap(({ body }) => received.parse(JSON.parse(body)).Messages));
