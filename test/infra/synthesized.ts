import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MillraceAppProps, millraceApp } from "../../infra/millrace-app.ts";
import { stages } from "../../infra/stages.ts";

/** A resource of a template, or a part of one, as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: templates have no types, and a wrong path fails the assertion made on it
export type Json = any;

/** Resources by their names in the account. */
type Named = Readonly<Record<string, Json>>;

export interface StageTemplate {
  readonly stage: string;
  readonly isProd: boolean;
  /** The properties of all resources of one type, by the property that names them. */
  readonly named: (type: string, nameProperty: string) => Named;
  readonly all: (type: string) => readonly Json[];
  readonly resources: readonly Json[];
  /** The whole template. */
  readonly json: Json;
  /** The name of the resource that a `Ref` or a `Fn::GetAtt` refers to. */
  readonly nameBehind: (reference: Json) => string;
  /** The properties of the role that a `Fn::GetAtt` refers to. */
  readonly role: (reference: Json) => Json;
  readonly outputs: Named;
}

/** The template of each stage. */
export const synthesize = (): readonly StageTemplate[] =>
  withAppProps((props) => {
    const assembly = millraceApp(props).synth();
    return stages.map(({ name }) => {
      const template: Json = assembly.getStackByName(`millrace-${name}`).template;
      return stageTemplate(name, template);
    });
  });

/** As CDK does for commands that need no code: pipelines are not bundled. */
export const withoutCode = { "aws:cdk:bundling-stacks": [] };

/** Calls `use` with the flags of cdk.json, for an app without code. */
export const withAppProps = <T>(use: (props: MillraceAppProps) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-infra-"));
  try {
    const { context } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));
    return use({ region: "eu-west-1", outdir: folder, context: { ...context, ...withoutCode } });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const stageTemplate = (stage: string, template: Json): StageTemplate => {
  const resources: readonly Json[] = Object.values(template.Resources);
  const all = (type: string) => resources.filter(({ Type }) => Type === type);
  return {
    stage,
    isProd: stage === "prod",
    all,
    resources,
    json: template,
    named: (type, nameProperty) =>
      Object.fromEntries(all(type).map(({ Properties }) => [Properties[nameProperty], Properties])),
    nameBehind: (reference) => nameOf(template.Resources[reference.Ref ?? reference["Fn::GetAtt"]?.[0]]),
    role: (reference) => template.Resources[reference["Fn::GetAtt"][0]].Properties,
    outputs: template.Outputs,
  };
};

const nameOf = ({ Properties }: Json): string =>
  Properties.QueueName ??
  Properties.FunctionName ??
  Properties.LogGroupName ??
  Properties.TopicName ??
  Properties.ManagedPolicyName ??
  tableOf(Properties);

/** CloudFormation names the tables, so the tests use these names. */
export const tableNames = { runs: "the runs", state: "the state" } as const;

export const tableOf = ({ KeySchema: [{ AttributeName }] }: Json): string =>
  AttributeName === "id" ? tableNames.runs : tableNames.state;
