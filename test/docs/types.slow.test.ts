import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "@jest/globals";
import { tsconfig } from "../../cli/init/templates.ts";
import { createApp } from "./support/app.ts";
import { type Block, blocksOf, pages, root } from "./support/pages.ts";

/** The page whose files every other page may import. */
const basics = "docs/write-a-job.md";

/** Packages that readers have and this repository has not. */
const absent = `declare module "express" {
  interface Request { params: Record<string, string>; body: any }
  interface Response { status(code: number): Response; json(body: unknown): void }
  type Handler = (request: Request, response: Response) => unknown;
  interface Express { post(path: string, ...handlers: Handler[]): void; listen(port: number): void }
  const express: { (): Express; json(): Handler };
  export default express;
}
`;

/** What a fragment may use without importing or declaring it. */
const prelude = `import { readFileSync } from "node:fs";
import { join } from "node:path";
import { aws_ec2 as ec2, aws_lambda as lambda, aws_rds as rds, aws_s3 as s3, Stack } from "aws-cdk-lib";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { anyOf, at, between, cron, defineJob, every, except, type Job, schedule } from "millrace";
import { Pipeline } from "millrace/cdk";
import { enqueue, enqueueMany } from "millrace/client";
import { createTestPipeline, perform } from "millrace/testing";
import * as z from "zod";
type Plain = Job<undefined>;
declare const heartbeat: Plain, sync: Plain, nightlyReport: Plain, poll: Plain, monthEnd: Plain;
declare const newYear: Plain, open: Plain, advent: Plain, shop: Plain, weatherReport: Job<{ year?: number }>;
declare const sendInvoice: Job<{ order: number }>, orders: readonly number[];
declare const amount: number, idempotencyKey: string, run: { generation: number };
declare const charge: (what: object, options: object) => Promise<void>;
declare const bucket: s3.IBucket, apiKey: ISecret, vpc: ec2.IVpc, webServer: lambda.Function;
declare const database: rds.IDatabaseInstance, pipeline: Pipeline, name: string;
`;

/** A fragment is what a reader puts into the constructor of a stack, or into a function. */
const asModule = ({ text }: Block): string => {
  if (/^(?:import|export) /m.test(text)) return text;
  return `${prelude}export class Fragment extends Stack {\n  async fragment() {\n${text}  }\n}\n`;
};

const app = createApp();
afterAll(() => app.remove());

/** Every page has a folder, with its own files and those of the basics. */
const writePages = (): void => {
  app.write("absent.d.ts", absent);
  app.write("tsconfig.json", tsconfig.replace('"lib": ["es2024"]', '"lib": ["es2024", "esnext.error"]'));
  for (const page of pages) {
    const blocks = [...(page.startsWith("docs/") ? blocksOf(basics) : []), ...blocksOf(page)];
    for (const block of blocks.filter(({ language }) => language === "ts"))
      app.write(join(page, block.file ?? `line-${block.line}.ts`), asModule(block));
  }
};

test("every TypeScript block of README.md and docs/ passes tsc", async () => {
  writePages();
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", app.folder], {
    cwd: app.folder,
  }).catch((failure: { readonly stdout: string }) => failure);
  expect(stdout).toBe("");
}, 240_000);
