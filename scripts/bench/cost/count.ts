import * as z from "zod";
import type { Clients } from "../../../shared/aws/clients.ts";

/** The totals of one kind of request. */
export interface Counted {
  readonly requests: number;
  readonly tableUnits: number;
  readonly indexUnits: number;
  /** Refused statements: AWS charges one write unit each, which the emulators do not report. */
  readonly refused: number;
  readonly readUnits: number;
}

export type Counts = ReadonlyMap<string, Counted>;

export const nothing: Counted = { requests: 0, tableUnits: 0, indexUnits: 0, refused: 0, readUnits: 0 };

/**
 * Counts the requests of clients and the units that the servers report. The adapters do not request the consumed
 * capacity, so a middleware does.
 */
export const countRequests = ({ dynamodb, sqs }: Clients): { take(): Counts } => {
  let counts = new Map<string, Counted>();
  const note = (kind: string, more: Counted): void => {
    counts.set(kind, add(counts.get(kind) ?? nothing, more));
  };
  dynamodb.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const input = { ...args.input, ReturnConsumedCapacity: "INDEXES" };
        const kind = kindOf(commandName, args.input);
        try {
          const result = await next({ ...args, input });
          note(kind, consumed(commandName, result.output));
          return result;
        } catch (error) {
          note(kind, { ...nothing, requests: 1, refused: isRefusal(error) ? 1 : 0 });
          throw error;
        }
      },
    { step: "initialize" },
  );
  sqs.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const result = await next(args);
        note(withoutCommand(commandName), { ...nothing, requests: attemptsIn(result.output) });
        return result;
      },
    { step: "initialize" },
  );
  return {
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
  };
};

export const add = (a: Counted, b: Counted): Counted => ({
  requests: a.requests + b.requests,
  tableUnits: a.tableUnits + b.tableUnits,
  indexUnits: a.indexUnits + b.indexUnits,
  refused: a.refused + b.refused,
  readUnits: a.readUnits + b.readUnits,
});

const withoutCommand = (name: string): string => name.replace(/Command$/, "");

const statements = z.object({ Statements: z.array(z.object({ Statement: z.string() })) });

/** Names a batch of statements by what they do, and any other command by its name. */
const kindOf = (commandName: string, input: object): string => {
  const parsed = statements.safeParse(input);
  const [first] = parsed.success ? parsed.data.Statements : [];
  if (!first) return withoutCommand(commandName);
  const verb = first.Statement.startsWith("INSERT") ? "create" : "change";
  return `BatchExecuteStatement (${first.Statement.includes("RETURNING") ? "claim" : verb})`;
};

const units = z.object({ CapacityUnits: z.number().default(0) }).default({ CapacityUnits: 0 });
const capacity = z.object({ Table: units, GlobalSecondaryIndexes: z.record(z.string(), units).default({}) });
const answer = z.object({
  ConsumedCapacity: z.union([capacity.transform((one) => [one]), z.array(capacity)]).default([]),
  Responses: z.unknown().optional(),
  $metadata: z.object({ attempts: z.number().default(1) }).default({ attempts: 1 }),
});

const attemptsIn = (output: object): number => answer.parse(output).$metadata.attempts;

const consumed = (commandName: string, output: object): Counted => {
  const { ConsumedCapacity: all, Responses: responses } = answer.parse(output);
  const tableUnits = sum(all.map(({ Table }) => Table.CapacityUnits));
  const indexUnits = sum(
    all.flatMap(({ GlobalSecondaryIndexes: indexes }) =>
      Object.values(indexes).map((one) => one.CapacityUnits),
    ),
  );
  const requests = attemptsIn(output);
  return isRead(commandName)
    ? { ...nothing, requests, readUnits: tableUnits + indexUnits }
    : { ...nothing, requests, tableUnits, indexUnits, refused: refusalsIn(responses) };
};

const isRead = (commandName: string): boolean => /^(BatchGet|Get|Query)/.test(commandName);

const refusal = z.object({ Error: z.object({}) });

const refusalsIn = (responses: unknown): number =>
  Array.isArray(responses) ? responses.filter((response) => refusal.safeParse(response).success).length : 0;

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === "ConditionalCheckFailedException";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
