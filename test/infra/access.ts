import { expect, test } from "@jest/globals";
import { laneNames } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import { type Json, type StageTemplate, tableNames } from "./synthesized.ts";

export const describeAccess = (template: StageTemplate): void => {
  const names = namesOf(template.stage);
  const tables = [tableNames.runs, tableNames.state];
  const indexes = [
    ...["list", "due", "dead"].map((index) => `${tableNames.runs}/index/${index}`),
    `${tableNames.state}/index/due`,
  ];
  const lanes = laneNames.map(names.queue);
  const deadLetterQueues = laneNames.map(names.deadLetterQueue);
  const granted = accessByFunction(template);

  const withTables = (functionName: string, queues: Readonly<Record<string, readonly string[]>>) =>
    sorted({
      "logs:CreateLogStream": [`/aws/lambda/${functionName}`],
      "logs:PutLogEvents": [`/aws/lambda/${functionName}`],
      "dynamodb:BatchGetItem": tables,
      "dynamodb:BatchWriteItem": tables,
      "dynamodb:PartiQLInsert": tables,
      "dynamodb:PartiQLSelect": tables,
      "dynamodb:PartiQLUpdate": tables,
      "dynamodb:PutItem": tables,
      "dynamodb:UpdateItem": tables,
      "dynamodb:Query": [...tables, ...indexes],
      ...queues,
    });

  test("lets the dispatcher send to the lanes, and invoke itself where the account has room for helpers", () => {
    const expected = withTables(names.dispatcher, {
      "sqs:SendMessage": lanes,
      ...(template.isProd && { "lambda:InvokeFunction": [names.dispatcher] }),
    });
    expect(granted[names.dispatcher]).toEqual(expected);
  });

  test("lets the sweeper send everywhere, count everywhere, and take from dead-letter queues", () => {
    const expected = withTables(names.sweeper, {
      "sqs:SendMessage": [...lanes, ...deadLetterQueues],
      "sqs:GetQueueAttributes": [...lanes, ...deadLetterQueues],
      "sqs:ReceiveMessage": deadLetterQueues,
      "sqs:DeleteMessage": deadLetterQueues,
    });
    expect(granted[names.sweeper]).toEqual(expected);
  });

  test.each(laneNames)("lets the worker of lane %s take from that lane only, and send everywhere", (lane) => {
    const own = [names.queue(lane)];
    const expected = withTables(names.worker(lane), {
      "sqs:SendMessage": [...lanes, ...deadLetterQueues],
      "sqs:ReceiveMessage": own,
      "sqs:DeleteMessage": own,
      "sqs:ChangeMessageVisibility": own,
      "sqs:GetQueueAttributes": [...own, names.deadLetterQueue(lane)],
    });
    expect(granted[names.worker(lane)]).toEqual(expected);
  });

  test("is a role per function, with no policy besides its own and nothing wild in it", () => {
    const roles = template.all("AWS::IAM::Role");
    expect(roles).toHaveLength(Object.keys(granted).length);
    expect(template.all("AWS::IAM::Policy")).toEqual([]);
    expect(roles.filter(({ Properties }) => Properties.ManagedPolicyArns)).toEqual([]);
    expect(JSON.stringify(roles.map(({ Properties }) => Properties.Policies))).not.toContain("*");
  });
};

/** Names of resources by action, by function. */
const accessByFunction = ({ named, role, nameBehind }: StageTemplate) =>
  Object.fromEntries(
    Object.entries(named("AWS::Lambda::Function", "FunctionName")).map(([name, { Role }]) => {
      const statements = role(Role).Policies.flatMap(({ PolicyDocument }: Json) => PolicyDocument.Statement);
      return [name, resourcesByAction(statements, nameBehind)];
    }),
  );

const resourcesByAction = (statements: readonly Json[], nameBehind: (reference: Json) => string) => {
  const grants = statements.flatMap(({ Effect, Action, Resource }) => {
    expect(Effect).toBe("Allow");
    const resources = [Resource].flat().map((resource) => resourceName(resource, nameBehind));
    return [Action].flat().map((action: string) => ({ action, resources }));
  });
  const byAction = Object.groupBy(grants, ({ action }) => action);
  return sorted(
    Object.fromEntries(
      Object.entries(byAction).map(([action, granted]) => [
        action,
        granted?.flatMap(({ resources }) => resources) ?? [],
      ]),
    ),
  );
};

/** An index is a table's ARN and a suffix, joined. A function's ARN that is made of its name begins as text. */
const resourceName = (resource: Json, nameBehind: (reference: Json) => string): string => {
  const [reference, ...rest] = resource["Fn::Join"]?.[1] ?? [resource];
  return typeof reference === "string"
    ? rest.at(-1).replace(/^:function:/, "")
    : `${nameBehind(reference)}${rest.join("")}`;
};

const sorted = (access: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(access).map(([action, resources]) => [action, [...resources].sort()]));
