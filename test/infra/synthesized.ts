import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { type MillraceAppProps, millraceApp } from "../../infra/millrace-app.ts";
import { stages } from "../../infra/stages.ts";

/** A resource of a template, or a part of one, as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: a template has no type, and a wrong path fails the assertion made on it
export type Json = any;

/** What an app needs, with code that is never run. */
export const inFolder = (folder: string): MillraceAppProps => {
  writeFileSync(join(folder, "index.js"), "");
  return {
    bundles: { dispatcher: folder, sweeper: folder, worker: folder },
    region: "eu-west-1",
    outdir: join(folder, "cdk.out"),
    context: JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8")).context,
  };
};

export const withFolder = <T>(use: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-infra-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** The template of each stage, by the stage's name. */
export const synthesize = (): Readonly<Record<string, Template>> =>
  withFolder((folder) => {
    const assembly = millraceApp(inFolder(folder)).synth();
    return Object.fromEntries(
      stages.map(({ name }) => [name, Template.fromJSON(assembly.getStackByName(`millrace-${name}`).template)]),
    );
  });

/** Properties of the resources of one type, by the name they are given. */
export const named = (template: Template, type: string, nameProperty: string): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.values(template.findResources(type)).map(({ Properties }) => [Properties[nameProperty], Properties]),
  );
