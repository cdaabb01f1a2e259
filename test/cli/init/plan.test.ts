import { describe, expect, test } from "@jest/globals";
import type { AppFolder } from "../../../cli/init/app-folder.ts";
import { type InitPlan, planInit } from "../../../cli/init/plan.ts";

const versions = {
  millrace: "1.2.3",
  zod: "4.0.0",
  typescript: "7.0.0",
  "@types/node": "24.0.0",
  "aws-cdk": "2.0.0",
  "aws-cdk-lib": "2.1.0",
  constructs: "10.0.0",
};

interface Given extends Partial<Omit<AppFolder, "exists">> {
  readonly paths?: readonly string[];
  readonly jobs?: string;
  readonly hasCdk?: boolean;
}

const plan = ({ paths = [], jobs = "jobs", hasCdk = true, ...folder }: Given = {}): InitPlan =>
  planInit(
    {
      name: "My Shop",
      packageJson: undefined,
      importEnding: undefined,
      gitignore: undefined,
      hasCode: true,
      exists: (path) => paths.includes(path),
      ...folder,
    },
    { jobs, hasCdk, versions },
  );

const fileIn = ({ changes }: InitPlan, path: string) => changes.find((change) => change.path === path);
const jsonIn = (made: InitPlan, path: string) => JSON.parse(fileIn(made, path)?.text ?? "null");

describe("planInit", () => {
  test("fills an empty folder with jobs, a test, a compiler configuration and a CDK app", () => {
    const made = plan();
    expect(made.changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      "create package.json",
      "create jobs/index.ts",
      "create jobs/hello.ts",
      "create jobs/schedules.ts",
      "create jobs/hello.test.ts",
      "create tsconfig.json",
      "create .gitignore",
      "create infra/app.ts",
      "create cdk.json",
    ]);
    expect(jsonIn(made, "package.json")).toEqual({
      name: "my-shop",
      private: true,
      type: "module",
      scripts: {
        dev: "millrace dev",
        test: 'node --test "jobs/**/*.test.*"',
        synth: "cdk synth --quiet",
        deploy: "cdk deploy",
      },
      dependencies: { millrace: "1.2.3", zod: "4.0.0" },
      devDependencies: {
        "aws-cdk": "2.0.0",
        "aws-cdk-lib": "2.1.0",
        constructs: "10.0.0",
        typescript: "7.0.0",
        "@types/node": "24.0.0",
      },
    });
    expect(fileIn(made, "infra/app.ts")?.text).toContain('new Stack(app, "My-Shop")');
    expect(made.needsInstall).toBe(true);
  });

  test("keeps the scripts, versions and fields of an app, and says what it adds", () => {
    const made = plan({
      paths: ["package.json"],
      packageJson: {
        name: "shop",
        scripts: { dev: "next dev", test: "vitest" },
        dependencies: { zod: "3.0.0", millrace: "file:millrace.tgz" },
        devDependencies: { vitest: "4.0.0", typescript: "5.0.0" },
        author: "Ann",
      },
    });
    const changed = fileIn(made, "package.json");
    expect(changed?.kind).toBe("change");
    expect(changed?.note).toBe(
      "added aws-cdk, aws-cdk-lib, constructs, @types/node; scripts jobs:dev, synth, deploy",
    );
    expect(JSON.parse(changed?.text ?? "")).toMatchObject({
      name: "shop",
      author: "Ann",
      scripts: { dev: "next dev", test: "vitest", "jobs:dev": "millrace dev" },
      dependencies: { zod: "3.0.0", millrace: "file:millrace.tgz" },
      devDependencies: { typescript: "5.0.0" },
    });
  });

  test("replaces the test script that npm init fills in", () => {
    const scripts = { test: 'echo "Error: no test specified" && exit 1' };
    expect(jsonIn(plan({ packageJson: { scripts } }), "package.json").scripts.test).toMatch(/^node --test/);
  });

  test("shows three lines instead of a CDK app where there is one", () => {
    const made = plan({ paths: ["cdk.json"] });
    expect(fileIn(made, "cdk.json")).toBeUndefined();
    expect(made.hints.join()).toContain('new Pipeline(this, "Jobs", { jobs: "./jobs" });');
    expect(jsonIn(made, "package.json").devDependencies).not.toHaveProperty("aws-cdk");
  });

  test("leaves out AWS when asked to", () => {
    const made = plan({ hasCdk: false });
    expect(JSON.stringify(made)).not.toContain("cdk.json");
    expect(jsonIn(made, "package.json").devDependencies).toEqual({
      typescript: "7.0.0",
      "@types/node": "24.0.0",
    });
  });

  test("records another folder for jobs, for the other commands to find it", () => {
    const made = plan({ jobs: "src/work" });
    expect(jsonIn(made, "package.json").millrace).toEqual({ jobs: "./src/work" });
    expect(fileIn(made, "src/work/index.ts")).toBeDefined();
    expect(fileIn(made, "infra/app.ts")?.text).toContain('jobs: "./src/work"');
  });

  test("adds to .gitignore only what it lacks", () => {
    const gitignore = "/node_modules\ndist\n";
    const changed = fileIn(plan({ gitignore }), ".gitignore");
    expect(changed).toMatchObject({ kind: "change", note: "added .millrace/, cdk.out/" });
    expect(changed?.text).toBe("/node_modules\ndist\n.millrace/\ncdk.out/\n");
    expect(fileIn(plan({ gitignore: "node_modules/\n.millrace\ncdk.out" }), ".gitignore")).toBeUndefined();
  });

  test.each([
    ["node", ".ts", undefined, "hello.test.ts", 'from "node:test"', "./hello.ts"],
    ["node", ".js", undefined, "hello.test.mjs", 'from "node:test"', "./hello.ts"],
    ["vitest", ".js", { vitest: "4" }, "hello.test.ts", 'from "vitest"', "./hello.js"],
    ["jest", ".ts", { jest: "30" }, "hello.test.ts", "perform", "./hello.ts"],
  ] as const)(
    "writes a test for %s where files import %s files",
    (_, importEnding, devDependencies, name, imports, job) => {
      const made = plan({ importEnding, packageJson: { ...(devDependencies && { devDependencies }) } });
      expect(fileIn(made, `jobs/${name}`)?.text).toContain(imports);
      expect(fileIn(made, `jobs/${name}`)?.text).toContain(`"${job}"`);
      expect(fileIn(made, "jobs/index.ts")?.text).toContain(`"./hello${importEnding}"`);
    },
  );

  test.each([[undefined], ["commonjs"]])("makes an ES module of a folder without code, type %s", (type) => {
    const made = plan({ packageJson: { ...(type !== undefined && { type }) }, hasCode: false });
    expect(jsonIn(made, "package.json").type).toBe("module");
    expect(fileIn(made, "package.json")?.note).toMatch(/; type module$/);
    expect(fileIn(made, "jobs/hello.ts")).toBeDefined();
  });

  test.each([
    ["commonjs", undefined, ".mts", "hello.test.mts"],
    [undefined, undefined, ".mts", "hello.test.mts"],
    ["commonjs", ".js", ".mjs", "hello.test.mjs"],
  ] as const)(
    "writes .mts files in a CommonJS app: type %s, imports %s",
    (type, importEnding, imported, name) => {
      const made = plan({ packageJson: { ...(type && { type }) }, importEnding });
      expect(jsonIn(made, "package.json").type).toBe(type);
      expect(fileIn(made, "jobs/index.mts")?.text).toContain(`"./hello${imported}"`);
      expect(fileIn(made, `jobs/${name}`)?.text).toContain('"./hello.mts"');
      expect(jsonIn(made, "cdk.json")).toEqual({ app: "node infra/app.mts" });
      expect(fileIn(made, "infra/app.mts")).toBeDefined();
    },
  );

  test("writes .ts files for Vitest in a CommonJS app, and a CDK app that Node can run", () => {
    const packageJson = { type: "commonjs", devDependencies: { vitest: "4" } };
    const made = plan({ packageJson, importEnding: ".js" });
    expect(fileIn(made, "jobs/hello.ts")).toBeDefined();
    expect(fileIn(made, "infra/app.mts")).toBeDefined();
  });

  test("refuses a folder that has jobs already", () => {
    expect(() => plan({ paths: ["jobs"] })).toThrow(
      "jobs/ exists already, so nothing was changed: pass --jobs with the name of another folder",
    );
  });
});
