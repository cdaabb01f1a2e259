import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "@jest/globals";
import { tsconfig } from "../../cli/init/templates.ts";
import { createApp } from "./support/app.ts";
import { type Block, blocksOf, pages, root } from "./support/pages.ts";

/** The examples that every other page may import. */
const shared = "docs/write-a-job.md";

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

/** What a fragment, which has no imports of its own, may use. */
const prelude = `import { Stack, aws_ec2 as ec2, aws_iam as iam, aws_lambda as lambda, aws_s3 as s3, aws_secretsmanager as secretsmanager, aws_rds as rds } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { anyOf, at, between, cron, defineJob, every, except, schedule } from "millrace";
import { enqueue, enqueueMany } from "millrace/client";
import { createTestPipeline, perform } from "millrace/testing";
import { Pipeline, type PipelineProps } from "millrace/cdk";
import * as z from "zod";
const job = (name: string) => defineJob({ name, run: () => undefined });
const [heartbeat, sync, nightlyReport, poll, monthEnd, newYear, open, advent, shop] = Array.from("abcdefghi", job) as ReturnType<typeof job>[] as [any, any, any, any, any, any, any, any, any];
const sendInvoice = defineJob({ name: "send-invoice", input: z.object({ order: z.int() }), run: () => undefined });
declare const orders: readonly number[];
declare const amount: number, idempotencyKey: string, run: { generation: number };
declare const charge: (what: object, options: object) => Promise<void>;
declare const bucket: s3.IBucket, apiKey: secretsmanager.ISecret, vpc: ec2.IVpc, webServer: lambda.Function;
declare const database: rds.IDatabaseInstance, role: iam.IRole, pipeline: Pipeline;
class Fragment extends Stack {
  async build(scope: Construct) {
`;

const asModule = ({ text }: Block): string => {
  if (/^import /m.test(text)) return text;
  return `${prelude}${text}\n}\n}\n`;
};

const app = createApp();
afterAll(() => app.remove());

/** Every page has a folder, with the shared examples and its own files. */
const writePages = (): void => {
  app.write("absent.d.ts", absent);
  app.write("tsconfig.json", tsconfig.replace('"lib": ["es2024"]', '"lib": ["es2024", "esnext.error"]'));
  const blocks = (page: string): readonly Block[] =>
    blocksOf(page).filter(({ language }) => language === "ts");
  for (const page of pages) {
    for (const block of [...blocks(shared), ...blocks(page)]) {
      app.write(join(page, block.file ?? `line-${block.line}.ts`), asModule(block));
    }
  }
};

test("every TypeScript block of README.md and docs/ type-checks", async () => {
  writePages();
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", app.folder], {
    cwd: app.folder,
  }).catch((failure: { readonly stdout: string }) => failure);
  expect(stdout).toBe("");
}, 240_000);
