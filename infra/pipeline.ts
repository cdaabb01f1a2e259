import { Annotations, Stack } from "aws-cdk-lib";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Connections, IConnectable } from "aws-cdk-lib/aws-ec2";
import { Grant, type IGrantable, type IManagedPolicy, type PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { LaneName } from "../shared/core/lane.ts";
import { enqueueAccess, operateAccess, type Resources } from "./access.ts";
import { Alarms } from "./alarms.ts";
import type { Bundles } from "./bundle.ts";
import { bundleSync } from "./bundle-sync.ts";
import { checkSettings } from "./check-settings.ts";
import { encryptionKey } from "./encryption-key.ts";
import { Functions } from "./functions.ts";
import { Lanes } from "./lanes.ts";
import { networkOf } from "./network.ts";
import { claimName, defaultName } from "./pipeline-name.ts";
import { Policies } from "./policies.ts";
import { ProjectError } from "./project.ts";
import { selectStage } from "./select-stage.ts";
import { type PipelineSettings, type Settings, withDefaults } from "./settings.ts";
import { Tables } from "./tables.ts";
import { Ticks } from "./ticks.ts";

export interface PipelineProps extends PipelineSettings {
  /**
   * The folder that exports the jobs and schedules, or a module, relative to the app's folder (where CDK runs it).
   * Default: `millrace.jobs` in package.json, or else `./jobs`.
   */
  readonly jobs?: string;
  /**
   * Packages that cannot be bundled, beside native ones, which are found: they are installed beside the code. Write those
   * that `millrace dev` needs too into package.json: `"millrace": { "external": ["pdfkit"] }`. Default: none.
   */
  readonly external?: readonly string[];
}

type PerLane<T> = Readonly<Record<LaneName, T>>;

/**
 * A pipeline in your stack: two tables, four lanes with their dead-letter queues, a worker per lane, the dispatcher and
 * the sweeper with their rules, and alarms.
 */
export class Pipeline extends Construct implements IConnectable {
  /** The stage that clients and the CLI name: `MILLRACE_STAGE`, `--stage`. */
  readonly name: string;
  readonly queues: PerLane<IQueue>;
  readonly deadLetterQueues: PerLane<IQueue>;
  readonly tables: { readonly runs: TableV2; readonly state: TableV2 };
  /** Receives the alarms. */
  readonly topic: ITopic;
  /** Managed policies with exactly the calls of `enqueue`, and of the CLI. */
  readonly policies: { readonly enqueue: IManagedPolicy; readonly operate: IManagedPolicy };
  /** The workers of all lanes as one grantee, for what your jobs call: `bucket.grantRead(pipeline.workers)`. */
  readonly workers: IGrantable;
  readonly #connections: Connections | undefined;
  readonly #resources: Resources;

  /** @throws Error with one sentence that says which setting is wrong, or what is wrong with the jobs */
  constructor(scope: Construct, id: string, props: PipelineProps = {}) {
    super(scope, id);
    const { settings, bundles } = prepare(this, props);
    const key = settings.hasOwnKey ? encryptionKey(this, settings) : undefined;
    const tables = new Tables(this, { settings, key });
    const lanes = new Lanes(this, { settings, key, tables });
    const network = networkOf(this, settings);
    const functions = new Functions(this, { settings, key, bundles, tables, lanes, network });
    new Ticks(this, { settings, functions });
    const alarms = new Alarms(this, { settings, key, tickLogs: functions.dispatcher.logGroup });

    this.#resources = { tables, lanes };
    this.#connections = network?.connections;
    this.name = settings.name;
    this.queues = perLane((lane) => lanes[lane].queue);
    this.deadLetterQueues = perLane((lane) => lanes[lane].deadLetterQueue);
    this.tables = tables;
    this.topic = alarms.topic;
    this.policies = new Policies(this, { settings, tables, lanes });
    this.workers = functions.workers;
  }

  /** The security groups of the functions, so that others can let them in. @throws Error without `vpc` */
  get connections(): Connections {
    if (this.#connections) return this.#connections;
    throw new Error(
      `Pipeline "${this.node.path}": expected the setting vpc, for functions without one have no security group`,
    );
  }

  /** Allows to send work: the calls of `enqueue`, no others. Lets a Lambda function also select this pipeline. */
  grantEnqueue(grantee: IGrantable | IFunction): Grant {
    selectStage(this, grantee);
    return grant(grantee, enqueueAccess(this.#resources));
  }

  /** Allows every command of the CLI. */
  grantOperate(grantee: IGrantable): Grant {
    return grant(grantee, operateAccess(this.#resources));
  }
}

const perLane = <T>(of: (lane: LaneName) => T): PerLane<T> => ({
  critical: of("critical"),
  high: of("high"),
  normal: of("normal"),
  low: of("low"),
});

const grant = (grantee: IGrantable, statements: readonly PolicyStatement[]): Grant => {
  const grants = statements.map(({ actions, resources }) =>
    Grant.addToPrincipal({ grantee, actions, resourceArns: resources }),
  );
  return grants.reduce((all, one) => all.combine(one));
};

interface Prepared {
  readonly settings: Settings;
  /** Undefined while CDK lists or destroys stacks, which needs no code. */
  readonly bundles: Bundles | undefined;
}

/** Does all that can be refused, before anything is built. */
const prepare = (pipeline: Pipeline, { jobs, external, ...given }: PipelineProps): Prepared => {
  try {
    const settings = withDefaults({ ...given, name: given.name ?? defaultName(pipeline) });
    checkSettings(pipeline, settings);
    claimName(pipeline, settings.name);
    const isNeeded = Stack.of(pipeline).bundlingRequired;
    if (!isNeeded) return { settings, bundles: undefined };
    const { bundles, installed } = bundleSync({ name: settings.name, jobs, external });
    if (installed.length > 0)
      Annotations.of(pipeline).addInfo(`Installed beside the code, for linux-arm64: ${installed.join(", ")}`);
    return { settings, bundles };
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error;
    const refusal = new Error(`Pipeline "${pipeline.node.path}": ${error.message}`);
    // The stack of calls then starts where the app made the pipeline.
    Error.captureStackTrace(refusal, Pipeline);
    throw refusal;
  }
};
