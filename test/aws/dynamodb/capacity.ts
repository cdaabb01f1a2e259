import type { ConsumedCapacity, DynamoDBClient } from "@aws-sdk/client-dynamodb";

interface Answer {
  readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[];
  readonly Responses?: readonly { readonly Error?: { readonly Code?: string } }[];
}

/**
 * Count the write units of a client's requests from here on, as DynamoDB reports them. On AWS a refused statement costs
 * a unit, which dynoxide does not report.
 */
export const countWriteUnits = (dynamodb: DynamoDBClient) => {
  let units = 0;
  dynamodb.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        if (!isWrite(commandName)) return await next(args);
        const input = { ...args.input, ReturnConsumedCapacity: "INDEXES" };
        const result = await next({ ...args, input });
        units += unitsIn(result.output);
        return result;
      },
    { step: "initialize" },
  );
  return {
    /** Units since the previous call. */
    since: (): number => {
      const spent = units;
      units = 0;
      return spent;
    },
  };
};

const isWrite = (command: string): boolean => !/^(BatchGet|Query)/.test(command);

const unitsIn = (output: object): number => {
  // A cast, because a client's middleware sees the answers of all its commands as one type without members.
  const { ConsumedCapacity: consumed = [], Responses = [] } = output as Answer;
  const refused = Array.isArray(Responses) ? Responses.filter(({ Error: refusal }) => refusal).length : 0;
  return [consumed].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, refused);
};
