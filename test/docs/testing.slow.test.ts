import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs", "testing.md"), "utf8");

interface Block {
  readonly path: string;
  readonly code: string;
}

/** Each block of code, with the path in its first line. */
const blocks = [...page.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)].map(
  ([, path = "", code = ""]): Block => ({ path, code }),
);

// Inside this project, whose package.json lets it import "millrace".
const cache = join(root, ".cache");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "docs-testing-"));

beforeAll(() => {
  for (const { path, code } of blocks) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  }
  const tsconfig = { extends: join(root, "tsconfig.json"), include: ["**/*.ts"], exclude: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
});
afterAll(() => rmSync(folder, { recursive: true }));

const execute = promisify(execFile);
const node = async (...args: readonly string[]) => {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  return await execute(process.execPath, args, { cwd: folder, env }).catch(
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => {
      throw new Error(`${stdout}${stderr}`);
    },
  );
};

describe("docs/testing.md", () => {
  test("has a path in every block of code", () => {
    expect(page.match(/^```\w+$/gm)).toHaveLength(blocks.length);
  });

  test("has code that is compiled", async () => {
    await node(join(root, "node_modules/typescript/bin/tsc"), "-p", folder);
  });

  test("has tests that pass", async () => {
    const tests = blocks.filter(({ path }) => path.startsWith("test/")).map(({ path }) => path);
    const { stdout } = await node("--test", "--test-isolation=none", ...tests);
    expect(stdout).toMatch(/^ℹ fail 0$/m);
  });
});
