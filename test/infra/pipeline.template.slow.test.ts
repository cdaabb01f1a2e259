import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { App, Aspects, CfnResource, NestedStack, Stack, Tags } from "aws-cdk-lib";
import { type IVpc, Port, Vpc } from "aws-cdk-lib/aws-ec2";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Pipeline } from "../../infra/index.ts";
import { laneNames } from "../../shared/core/lane.ts";
import { type Json, withoutCode } from "./synthesized.ts";

let outdir: string;
beforeAll(() => {
  outdir = mkdtempSync(join(tmpdir(), "millrace-pipeline-"));
});
afterAll(() => rmSync(outdir, { recursive: true }));

const createApp = (): App => new App({ outdir: mkdtempSync(join(outdir, "app-")), context: withoutCode });

const templateOf = (app: App, stack: string): Json => app.synth().getStackByName(stack).template;

const resourcesOf = (template: Json, type: string): readonly Json[] =>
  Object.values<Json>(template.Resources).flatMap(({ Type, Properties }) =>
    Type === type ? [Properties] : [],
  );

/** The actions that a policy or a role's inline policies allow. */
const actionsIn = (statements: readonly Json[]): readonly string[] =>
  [...new Set(statements.flatMap(({ Action }) => [Action].flat()))].toSorted();

const functionIn = (stack: Stack, id: string): LambdaFunction =>
  new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("exports.handler = async () => 1"),
  });

const vpcOf = (stack: Stack): IVpc =>
  Vpc.fromVpcAttributes(stack, "Vpc", {
    vpcId: "vpc-0a1b2c3d",
    availabilityZones: ["eu-west-1a", "eu-west-1b"],
    publicSubnetIds: ["subnet-0c", "subnet-0d"],
    privateSubnetIds: ["subnet-0a", "subnet-0b"],
  });

describe("Pipeline", () => {
  test("is complete with nothing but a folder of jobs", () => {
    const app = createApp();
    const stack = new Stack(app, "Shop");
    const pipeline = new Pipeline(stack, "Jobs", { jobs: "./jobs" });
    expect(pipeline.name).toBe("shop-jobs");
    const template = templateOf(app, "Shop");
    expect(resourcesOf(template, "AWS::Lambda::Function").map(({ FunctionName }) => FunctionName)).toContain(
      "millrace-shop-jobs-worker-critical",
    );
    expect(resourcesOf(template, "AWS::SQS::Queue")).toHaveLength(8);
    expect(stack.resolve(pipeline.queues.low.queueUrl)).toEqual({ Ref: expect.stringContaining("Jobs") });
    expect(Object.keys(pipeline.deadLetterQueues)).toEqual([...laneNames]);
  });

  test("lives in one stack with another", () => {
    const app = createApp();
    const stack = new Stack(app, "Shop");
    for (const id of ["Orders", "Mail"]) new Pipeline(stack, id);
    const queues = resourcesOf(templateOf(app, "Shop"), "AWS::SQS::Queue").map(({ QueueName }) => QueueName);
    expect(new Set(queues).size).toBe(16);
    expect(queues).toEqual(expect.arrayContaining(["millrace-shop-orders-high", "millrace-shop-mail-high"]));
  });

  test("has a role, an alarm and a queue for every aspect and tag of the app", () => {
    const app = createApp();
    const stack = new Stack(app, "Shop");
    new Pipeline(stack, "Jobs", { vpc: { vpc: vpcOf(stack) } });
    Tags.of(app).add("team", "orders");
    const visited: string[] = [];
    Aspects.of(app).add({
      visit: (node) => {
        if (node instanceof CfnResource) visited.push(stack.resolve(node.logicalId));
      },
    });
    const { Resources } = templateOf(app, "Shop");
    expect(visited).toEqual(expect.arrayContaining(Object.keys(Resources)));
    const untagged = Object.values<Json>(Resources).filter(
      ({ Properties }) => !JSON.stringify(Properties?.Tags ?? Properties?.Replicas ?? []).includes("team"),
    );
    // CloudFormation has no tags for these.
    expect([...new Set(untagged.map(({ Type }) => Type))].toSorted()).toEqual([
      "AWS::IAM::ManagedPolicy",
      "AWS::Lambda::EventInvokeConfig",
      "AWS::Lambda::Permission",
      "AWS::Logs::MetricFilter",
      "AWS::SNS::TopicPolicy",
      "AWS::SQS::QueuePolicy",
    ]);
  });

  test("runs its functions in a VPC, in subnets with a way out", () => {
    const app = createApp();
    const stack = new Stack(app, "Shop");
    const vpc = vpcOf(stack);
    const pipeline = new Pipeline(stack, "Jobs", { vpc: { vpc } });
    pipeline.connections.allowFromAnyIpv4(Port.tcp(443));
    const template = templateOf(app, "Shop");
    const functions = resourcesOf(template, "AWS::Lambda::Function").filter(
      ({ FunctionName }) => FunctionName,
    );
    expect(functions).toHaveLength(6);
    for (const { VpcConfig } of functions) {
      expect(VpcConfig.SubnetIds).toEqual(["subnet-0a", "subnet-0b"]);
      expect(VpcConfig.SecurityGroupIds).toHaveLength(1);
    }
    expect(new Set(functions.map(({ VpcConfig }) => JSON.stringify(VpcConfig))).size).toBe(1);
    expect(() => new Pipeline(stack, "Mail").connections).toThrow("expected the setting vpc");
  });

  test("sends its alarms to a topic of the app", () => {
    const app = createApp();
    const stack = new Stack(app, "Shop");
    const topic = new Topic(stack, "Pages");
    const pipeline = new Pipeline(stack, "Jobs", { alarms: { topic } });
    expect(pipeline.topic).toBe(topic);
    const template = templateOf(app, "Shop");
    expect(resourcesOf(template, "AWS::SNS::Topic")).toHaveLength(1);
    for (const { AlarmActions } of resourcesOf(template, "AWS::CloudWatch::Alarm"))
      expect(AlarmActions).toEqual([stack.resolve(topic.topicArn)]);
  });
});

describe("Pipeline, refused", () => {
  const refusal = (create: (app: App) => unknown): string => {
    try {
      create(createApp());
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
    return "nothing was refused";
  };

  test.each<[string, (app: App) => unknown, string]>([
    [
      "a name that is too long",
      (app) => new Pipeline(new Stack(app, "Shop"), "Jobs", { name: "s".repeat(40) }),
      `Pipeline "Shop/Jobs": name: expected lowercase letters, digits and single hyphens, starting with a letter, at most 39 characters, got "${"s".repeat(40)}"`,
    ],
    [
      "a derived name that is too long",
      (app) => new Pipeline(new Stack(app, "OrdersOfTheShopInTheNorthOfTheCity"), "BackgroundJobs"),
      'at most 39 characters, got "orders-of-the-shop-in-the-north-of-the-city-background-jobs" from the stack and the construct; pass a name, such as name: "shop"',
    ],
    [
      "a name from a stack without one",
      (app) => new Pipeline(new NestedStack(new Stack(app, "Shop"), "Part"), "Jobs"),
      "got a value that is known only when the stack is deployed from the stack and the construct; pass a name",
    ],
    [
      "a name that another one has",
      (app) => {
        new Pipeline(new Stack(app, "Shop"), "Jobs", { name: "shop" });
        return new Pipeline(new Stack(app, "Mail"), "Jobs", { name: "shop" });
      },
      'Pipeline "Mail/Jobs": name: expected another name than "shop", which the pipeline Shop/Jobs has; pass a name to one of them',
    ],
    [
      "an own key without a region",
      (app) => new Pipeline(new Stack(app, "Shop"), "Jobs", { hasOwnKey: true }),
      'Pipeline "Shop/Jobs": hasOwnKey: expected a stack with a region',
    ],
  ])("says so of %s, and starts the stack of calls in the app", (_, create, message) => {
    expect(refusal(create)).toContain(message);
  });

  test("accepts one name in two regions", () => {
    const app = createApp();
    for (const region of ["eu-west-1", "us-east-1"])
      new Pipeline(new Stack(app, `shop-${region}`, { env: { region } }), "Jobs", { name: "shop" });
    const [first, second] = ["shop-eu-west-1", "shop-us-east-1"].map((stack) =>
      resourcesOf(app.synth().getStackByName(stack).template, "AWS::IAM::ManagedPolicy").map(
        ({ ManagedPolicyName }) => ManagedPolicyName,
      ),
    );
    // These names are the same in all regions of an account.
    expect(first).toEqual(["millrace-shop-enqueue-eu-west-1", "millrace-shop-operate-eu-west-1"]);
    expect(second).toEqual(["millrace-shop-enqueue-us-east-1", "millrace-shop-operate-us-east-1"]);
  });
});

describe("grants of Pipeline", () => {
  test("give a function in another stack exactly the calls of enqueue, and select the pipeline", () => {
    const app = createApp();
    const stack = new Stack(app, "Shop");
    const pipeline = new Pipeline(stack, "Jobs");
    const web = functionIn(new Stack(app, "Web"), "Server");
    pipeline.grantEnqueue(web);
    const template = templateOf(app, "Web");
    const [{ Environment }] = resourcesOf(template, "AWS::Lambda::Function");
    expect(Environment.Variables).toEqual({ MILLRACE_STAGE: "shop-jobs" });
    const [policy] = resourcesOf(template, "AWS::IAM::Policy");
    const [enqueue] = resourcesOf(templateOf(app, "Shop"), "AWS::IAM::ManagedPolicy");
    expect(actionsIn(policy.PolicyDocument.Statement)).toEqual(actionsIn(enqueue.PolicyDocument.Statement));
    expect(actionsIn(policy.PolicyDocument.Statement)).toContain("sqs:SendMessage");
  });

  test("refuse to let one function select two pipelines, but give its role access to both", () => {
    const stack = new Stack(createApp(), "Shop");
    const [orders, mail] = ["Orders", "Mail"].map((id) => new Pipeline(stack, id));
    const web = functionIn(stack, "Server");
    orders?.grantEnqueue(web);
    expect(() => mail?.grantEnqueue(web)).toThrow(
      'grantEnqueue: Shop/Server selects the pipeline "shop-orders", and a function can select one; pass its role',
    );
    expect(() => web.role && mail?.grantEnqueue(web.role)).not.toThrow();
  });

  test("give a role the calls of the CLI", () => {
    const app = createApp();
    const stack = new Stack(app, "Shop");
    const role = new Role(stack, "Operator", { assumedBy: new ServicePrincipal("ec2.amazonaws.com") });
    new Pipeline(stack, "Jobs").grantOperate(role);
    const template = templateOf(app, "Shop");
    const [policy] = resourcesOf(template, "AWS::IAM::Policy");
    const [, operate] = resourcesOf(template, "AWS::IAM::ManagedPolicy");
    expect(actionsIn(policy.PolicyDocument.Statement)).toEqual(actionsIn(operate.PolicyDocument.Statement));
  });

  test("reach the workers of all lanes, and no other function", () => {
    const app = createApp();
    const stack = new Stack(app, "Shop");
    const secret = Secret.fromSecretNameV2(stack, "Smtp", "smtp");
    const pipeline = new Pipeline(stack, "Jobs", { secrets: { SMTP_URL: { secret, field: "url" } } });
    new Bucket(stack, "Reports").grantRead(pipeline.workers);
    const template = templateOf(app, "Shop");
    const [{ Roles, PolicyDocument }, ...others] = resourcesOf(template, "AWS::IAM::Policy");
    expect(others).toEqual([]);
    expect(Roles).toHaveLength(4);
    expect(actionsIn(PolicyDocument.Statement)).toEqual(
      expect.arrayContaining(["s3:GetObject*", "secretsmanager:GetSecretValue"]),
    );
    const workers = resourcesOf(template, "AWS::Lambda::Function").filter(({ FunctionName }) =>
      FunctionName.includes("-worker-"),
    );
    for (const { Environment } of workers)
      expect(JSON.parse(Environment.Variables.MILLRACE_JOB_SECRETS)).toEqual({
        SMTP_URL: { secret: "smtp", field: "url" },
      });
  });
});
