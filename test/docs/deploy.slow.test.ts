import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as z from "zod";
import { Pipeline } from "../../infra/pipeline.ts";
import { withoutCode } from "../infra/synthesized.ts";
import { createApp } from "./support/app.ts";
import { blocksOf, textOf } from "./support/pages.ts";

const page = "docs/deploy.md";

const app = createApp();
beforeAll(() => {
  const [job, index] = blocksOf("docs/write-a-job.md");
  for (const { file = "", text } of [job, index].flatMap((block) => block ?? [])) app.write(file, text);
});
afterAll(() => app.remove());

const cdkApps = blocksOf(page).flatMap(({ file, text }) => (file === undefined ? [] : [{ file, text }]));

const manifest = z.object({ artifacts: z.record(z.string(), z.object({ type: z.string() })) });

/** Runs a CDK app as `cdk synth` does. @returns the names of its stacks */
const synthesize = async (file: string): Promise<readonly string[]> => {
  const out = join(app.folder, "cdk.out", file);
  const env = { ...process.env, CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify(withoutCode) };
  await promisify(execFile)(process.execPath, [file], { cwd: app.folder, env });
  const { artifacts } = manifest.parse(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")));
  return Object.keys(artifacts).filter((name) => artifacts[name]?.type === "aws:cloudformation:stack");
};

describe(page, () => {
  test.each(cdkApps)(
    "has a CDK app in $file that synthesizes",
    async ({ file, text }) => {
      app.write(file, text);
      const stacks = await synthesize(file);
      expect(stacks.length).toBeGreaterThan(0);
      // The names that the page's commands use.
      for (const stack of stacks) expect(stack).toMatch(/^shop/);
    },
    120_000,
  );

  test("imports the retained resources by their ids", () => {
    const stack = new Stack(new App({ context: withoutCode }), "shop", { env: { region: "eu-west-1" } });
    new Pipeline(stack, "Jobs", { keepsData: true, hasOwnKey: true });
    const resources = z
      .record(z.string(), z.object({ DeletionPolicy: z.string().optional() }))
      .parse(Template.fromStack(stack).toJSON()["Resources"]);
    const retained = Object.keys(resources).filter((id) =>
      resources[id]?.DeletionPolicy?.startsWith("Retain"),
    );
    const [mapping = ""] = textOf(page).match(/(?<=echo ')[^']+(?=' > kept\.json)/) ?? [];
    expect(Object.keys(JSON.parse(mapping)).sort()).toEqual(retained.sort());
  }, 120_000);
});
