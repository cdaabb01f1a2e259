/** The files that `millrace init` writes. */

/** What runs the app's tests. `node`: Node's own runner. */
export type TestRunner = "node" | "vitest" | "jest";

/** Of the TypeScript files that are written. */
export type FileEnding = "ts" | "mts";

export const exampleJob = `import { defineJob } from "millrace";
import * as z from "zod";

export const hello = defineJob({
  name: "hello",
  input: z.object({ name: z.string() }),
  run({ input, log }) {
    log.info("a run has started", { name: input.name });
    return \`Hello, \${input.name}!\`;
  },
});
`;

export const schedulesFile = (ending: string): string => `import { every, schedule } from "millrace";
import { hello } from "./hello${ending}";

export const schedules = [schedule(every("30 seconds"), hello, { name: "world" })];
`;

export const jobsIndex = (ending: string): string => `// Every job is exported from here.
export { hello } from "./hello${ending}";
`;

export interface ExampleEndings {
  readonly fileEnding: FileEnding;
  readonly importEnding: string;
}

/**
 * A test of the example. Node runs TypeScript as it is, so a file that it runs must import files by their own names: where
 * the app's compiler does not allow that, the test is JavaScript.
 */
export const exampleTest = (
  runner: TestRunner,
  { fileEnding, importEnding }: ExampleEndings,
): { readonly name: string; readonly text: string } => {
  if (runner === "node") {
    const isScript = importEnding === `.${fileEnding}`;
    return { name: `hello.test.${isScript ? fileEnding : "mjs"}`, text: nodeTest(fileEnding) };
  }
  const imports = runner === "vitest" ? 'import { expect, test } from "vitest";\n' : "";
  return {
    name: `hello.test.${fileEnding}`,
    text: `${imports}import { perform } from "millrace/testing";
import { hello } from "./hello${importEnding}";

test("greets by name", async () => {
  const { result } = await perform(hello, { name: "Ann" });
  expect(result).toBe("Hello, Ann!");
});
`,
  };
};

const nodeTest = (fileEnding: FileEnding): string => `import assert from "node:assert/strict";
import { test } from "node:test";
import { perform } from "millrace/testing";
import { hello } from "./hello.${fileEnding}";

test("greets by name", async () => {
  const { result } = await perform(hello, { name: "Ann" });
  assert.equal(result, "Hello, Ann!");
});
`;

export const tsconfig = `{
  "compilerOptions": {
    "target": "es2024",
    "lib": ["es2024"],
    "module": "nodenext",
    "types": ["node"],
    "strict": true,
    "noEmit": true,
    "allowImportingTsExtensions": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true
  },
  "exclude": ["cdk.out", ".millrace"]
}
`;

/** The stack's name is what `cdk deploy` shows, and part of the pipeline's name. */
export const appFile = (folder: string, jobs: string): string => `import { App, Stack } from "aws-cdk-lib";
import { Pipeline } from "millrace/cdk";

const app = new App();
const stack = new Stack(app, "${stackName(folder)}");
new Pipeline(stack, "Jobs", { jobs: "./${jobs}" });
`;

export const cdkJson = (file: string): string => `{
  "app": "node ${file}"
}
`;

/** CloudFormation allows letters, digits and hyphens, a letter first. */
const stackName = (folder: string): string =>
  folder
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^[^A-Za-z]+|-+$/g, "")
    .slice(0, 30) || "millrace";
