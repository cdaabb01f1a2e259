import { expect, test } from "@jest/globals";
import { laneNames } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import { type Calls, callsOf } from "./calls/aws-calls.ts";
import { type Json, type StageTemplate, tableNames } from "./synthesized.ts";

/** The AWS calls of each program, read from its source. */
const calls = {
  dispatcher: callsOf("functions/dispatcher.ts"),
  sweeper: callsOf("functions/sweeper.ts"),
  worker: callsOf("functions/worker.ts"),
  client: callsOf("shared/client.ts"),
  cli: callsOf("cli/main.ts"),
};

/** Tests that grants and calls match exactly. */
export const describeAccess = (template: StageTemplate): void => {
  const names = namesOf(template.stage);
  const lanes = laneNames.map(names.queue);
  const deadLetterQueues = laneNames.map(names.deadLetterQueue);
  const kinds = {
    runs: [tableNames.runs],
    state: [tableNames.state],
    lanes,
    deadLetterQueues,
    itself: [names.dispatcher],
  };
  const granted = accessByFunction(template);
  const logging = (functionName: string) => ({
    "logs:CreateLogStream": [`/aws/lambda/${functionName}`],
    "logs:PutLogEvents": [`/aws/lambda/${functionName}`],
  });

  test("grants the dispatcher exactly its calls, and to invoke itself where the account has room for helpers", () => {
    const { "lambda:InvokeFunction": invoke = [], ...rest } = placed(calls.dispatcher, kinds);
    const expected = {
      ...rest,
      ...logging(names.dispatcher),
      ...(template.isProd && { "lambda:InvokeFunction": invoke }),
    };
    expect(granted[names.dispatcher]).toEqual(sorted(expected));
  });

  test("grants the sweeper exactly its calls", () => {
    const expected = { ...placed(calls.sweeper, kinds), ...logging(names.sweeper) };
    expect(granted[names.sweeper]).toEqual(sorted(expected));
  });

  test.each(laneNames)(
    "grants the worker of lane %s exactly its calls, and to receive from that lane only",
    (lane) => {
      const own = { ...kinds, lanes: [names.queue(lane)], deadLetterQueues: [names.deadLetterQueue(lane)] };
      const { "sqs:SendMessage": sent, ...others } = calls.worker;
      const expected = {
        ...placed(others, own),
        ...placed({ "sqs:SendMessage": sent ?? [] }, kinds),
        ...logging(names.worker(lane)),
        // Lambda polls the lane with the worker's role.
        "sqs:ReceiveMessage": own.lanes,
        "sqs:DeleteMessage": own.lanes,
      };
      expect(granted[names.worker(lane)]).toEqual(sorted(expected));
    },
  );

  test("has a policy for senders, without dead-letter queues, and one for operators", () => {
    const policies = template.named("AWS::IAM::ManagedPolicy", "ManagedPolicyName");
    const access = Object.entries(policies).map(([name, { PolicyDocument }]) => [
      name,
      resourcesByAction(PolicyDocument.Statement, template.nameBehind),
    ]);
    expect(Object.fromEntries(access)).toEqual({
      [`${names.stack}-enqueue-eu-west-1`]: placed(calls.client, kinds),
      [`${names.stack}-operate-eu-west-1`]: placed(calls.cli, kinds),
    });
    expect(JSON.stringify(policies[`${names.stack}-enqueue-eu-west-1`])).not.toContain("DeadLetter");
  });

  test("has one role per function, without managed policies or wildcards", () => {
    const roles = template.all("AWS::IAM::Role");
    expect(roles).toHaveLength(Object.keys(granted).length);
    expect(template.all("AWS::IAM::Policy")).toEqual([]);
    expect(roles.filter(({ Properties }) => Properties.ManagedPolicyArns)).toEqual([]);
    const policies = template
      .all("AWS::IAM::ManagedPolicy")
      .map(({ Properties }) => Properties.PolicyDocument);
    expect(JSON.stringify([...policies, roles.map(({ Properties }) => Properties.Policies)])).not.toContain(
      "*",
    );
  });
};

/** Replaces kinds of resources by names: `runs/index/timers` is an index of `runs`. */
const placed = (wanted: Calls, kinds: Readonly<Record<string, readonly string[]>>) =>
  sorted(
    Object.fromEntries(
      Object.entries(wanted)
        .map(([action, resources]) => {
          const names = resources.flatMap((resource) => {
            const [kind = "", ...index] = resource.split("/");
            return (kinds[kind] ?? []).map((name) => [name, ...index].join("/"));
          });
          return [action, names] as const;
        })
        // These stages have no secrets: see job-options.slow.test.ts.
        .filter(([, names]) => names.length > 0),
    ),
  );

/** Resource names by function and action. */
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

/** An index is a table's ARN joined with a suffix. A function's ARN built from its name starts with text. */
const resourceName = (resource: Json, nameBehind: (reference: Json) => string): string => {
  const [reference, ...rest] = resource["Fn::Join"]?.[1] ?? [resource];
  return typeof reference === "string"
    ? rest.at(-1).replace(/^:function:/, "")
    : `${nameBehind(reference)}${rest.join("")}`;
};

const sorted = (access: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(access).map(([action, resources]) => [action, [...resources].sort()]));
