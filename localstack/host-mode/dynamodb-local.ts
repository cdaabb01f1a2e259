import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { reasonOf, run } from "../endpoint/command.ts";
import { fillOnce } from "../endpoint/fill-once.ts";

export interface DynamodbLocalOptions {
  /** Keeps the files for the next time. */
  readonly cacheDir: string;
  readonly maven: string;
  readonly java: string;
}

/** The folder of the Java archives, or why the installation failed. */
export type DynamodbLocal = { readonly folder: string } | { readonly reason: string };

const project = join(import.meta.dirname, "dynamodb-local.xml");
/** Lines as `sha256sum` writes them. */
const checksums = join(import.meta.dirname, "dynamodb-local.sha256");

/** Installs Amazon's DynamoDB Local with Maven, once, and verifies every file. */
export const installDynamodbLocal = async (options: DynamodbLocalOptions): Promise<DynamodbLocal> => {
  const expected = await readFile(checksums, "utf8");
  const folder = join(options.cacheDir, `dynamodb-local-${sha256(expected).slice(0, 12)}`);
  const [[, first = ""] = []] = entries(expected);
  try {
    await fillOnce(folder, join(folder, first), async (draft) => {
      await copyDependencies(options, draft);
      await verify(draft, expected);
    });
    return { folder };
  } catch (problem) {
    return { reason: reasonOf(problem) };
  }
};

const copyDependencies = async ({ maven, java }: DynamodbLocalOptions, folder: string): Promise<void> => {
  const flags = ["--batch-mode", "--quiet", "--strict-checksums"];
  const args = ["-DincludeScope=runtime", `-DoutputDirectory=${folder}`];
  const env = { ...process.env, ...(isAbsolute(java) && { JAVA_HOME: dirname(dirname(java)) }) };
  await run(maven, [...flags, "--file", project, "dependency:copy-dependencies", ...args], { env });
};

/** @throws Error that names a file that is missing or differs */
const verify = async (folder: string, expected: string): Promise<void> => {
  for (const [hash, file] of entries(expected)) {
    const actual = sha256(await readFile(join(folder, file)));
    if (actual !== hash) throw new Error(`expected ${file} with the SHA-256 ${hash}, got ${actual}`);
  }
};

const entries = (text: string): readonly (readonly [hash: string, file: string])[] =>
  text
    .trim()
    .split("\n")
    .map((line) => {
      const [hash = "", file = ""] = line.split(/\s+/);
      return [hash, file];
    });

const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");
