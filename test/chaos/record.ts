import * as z from "zod";
import type { Call, Reply } from "../../localstack/chaos/call.ts";

/** Analyzes the calls that proxies recorded. */

/** A write that ended a run, and that DynamoDB accepted. */
export interface FinalWrite {
  readonly run: string;
  readonly state: string;
}

const request = z.object({
  Statements: z.array(
    z.object({ Statement: z.string(), Parameters: z.array(z.object({ S: z.string().optional() })) }),
  ),
});
const response = z.object({ Responses: z.array(z.object({ Error: z.unknown().optional() })) });

/** One entry for each time that the write took effect. */
export const finalWritesIn = (calls: readonly Call[]): readonly FinalWrite[] =>
  calls
    .filter(({ action }) => action === "BatchExecuteStatement")
    .flatMap(({ body, replies }) => replies.flatMap((reply) => acceptedFinalWrites(body, reply)));

const acceptedFinalWrites = (body: string, reply: Reply): readonly FinalWrite[] => {
  if (reply.status !== 200) return [];
  const { Responses } = response.parse(JSON.parse(reply.body));
  return request.parse(JSON.parse(body)).Statements.flatMap((statement, i) => {
    if (Responses[i]?.Error || !statement.Statement.startsWith("UPDATE")) return [];
    const { set, where } = partsOf(statement.Statement, statement.Parameters);
    const [state, run] = [set.get("state"), where.get("id")];
    return state && run && terminalStates.has(state) ? [{ run, state }] : [];
  });
};

/** The texts that an update sets and those in its condition, by attribute. Parameters are in the order of the text. */
const partsOf = (text: string, parameters: readonly { S?: string | undefined }[]) => {
  const [setting = ""] = text.split(" WHERE ");
  const values = [...text.matchAll(/"(\w+)"<?=\?/g)].map(({ 1: name, index }, i) => ({
    isSet: index < setting.length,
    entry: [name, parameters[i]?.S] as const,
  }));
  return {
    set: new Map(values.filter(({ isSet }) => isSet).map(({ entry }) => entry)),
    where: new Map(values.filter(({ isSet }) => !isSet).map(({ entry }) => entry)),
  };
};

const terminalStates: ReadonlySet<string> = new Set(["succeeded", "dead", "cancelled", "expired"]);

const received = z.object({ Messages: z.array(z.object({ ReceiptHandle: z.string() })).default([]) });

/** The messages that a process received, which are hidden. */
export const receivedIn = (calls: readonly Call[]): readonly { readonly ReceiptHandle: string }[] =>
  calls
    .filter(({ action }) => action === "ReceiveMessage")
    .flatMap(({ replies }) => replies.flatMap(({ body }) => received.parse(JSON.parse(body)).Messages));
