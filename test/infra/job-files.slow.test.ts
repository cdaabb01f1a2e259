import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { bundleFunctions } from "../../infra/bundle.ts";
import { loadRegistry } from "../../infra/load-registry.ts";
import { findProject } from "../../infra/project.ts";

let root: string;

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "millrace-job-files-"));
  // Prints what the job returns, in place of each function.
  const functions = Object.fromEntries(
    ["dispatcher", "sweeper", "worker"].map((name) => [
      `functions/${name}.ts`,
      `import { modules } from "#jobs";\nexport const print = () => console.log(JSON.stringify(modules[0].exports.read("a")));\n`,
    ]),
  );
  write({ "package.json": "{}", ...functions });
});
afterEach(() => rmSync(root, { recursive: true }));

const bundle = () =>
  bundleFunctions({
    project: findProject({ from: root }),
    functionsDir: join(root, "functions"),
    outDir: join(root, "elsewhere"),
  });

const reading = `import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
// new URL("./gone.html", import.meta.url) is a comment.
const __dirname = dirname(fileURLToPath(import.meta.url));
const top: string = readFileSync(new URL("./mail/a page.html", import.meta.url), "utf8");
export const read = (name: string) => [
  top,
  readFileSync(join(__dirname, "mail", "parts", \`\${name}.html\`), "utf8"),
  readFileSync(new URL(\`data/\${name}.csv\`, import.meta.url), "utf8"),
  readFileSync(join(import.meta.dirname, "..", "lib", "b.txt"), "utf8"),
  import.meta.filename.endsWith(join("jobs", "index.ts")),
];
`;

const files = {
  "jobs/mail/a page.html": "page",
  "jobs/mail/parts/a.html": "part",
  "jobs/data/a.csv": "1,2",
  "lib/b.txt": "lib",
};

describe("a job that reads files beside it", () => {
  test("finds them in a bundle, wherever that is", async () => {
    write({ ...files, "jobs/index.ts": reading });
    const { worker } = await bundle();
    for (const folder of ["jobs", "lib"]) rmSync(join(root, folder), { recursive: true });
    const printed = execFileSync(process.execPath, ["-e", `require(${JSON.stringify(worker)}).print()`], {
      encoding: "utf8",
    });
    expect(JSON.parse(printed)).toEqual(["page", "part", "1,2", "lib", true]);
  });

  test("finds them when the CLI or a check loads it", async () => {
    write({ ...files, "jobs/index.ts": `${reading}export const found = read("a");\n` });
    // It is loaded, and its exports are then refused.
    await expect(loadRegistry(findProject({ from: root }))).rejects.toThrow(
      'found[0]: expected a job made by defineJob(), a schedule made by schedule(), or an array of them, got "page"',
    );
  });

  test.each([
    [
      "a file that does not exist",
      `\nconst page = new URL("./page.html", import.meta.url);\n`,
      'jobs/index.ts:2: "./page.html": expected a file beside this one, and jobs/page.html does not exist',
    ],
    [
      "a path that is computed",
      "export const read = (name: string) => new URL(name, import.meta.url);\n",
      "jobs/index.ts:1: new URL(name, import.meta.url): expected a path as text, so that the file can be deployed; or put the files into jobs/data and read dataFile(name)",
    ],
    [
      "a file outside of the app",
      `import { join } from "node:path";\nexport const page = join(import.meta.dirname, "../../page.html");\n`,
      `jobs/index.ts:2: "../../page.html": expected a file in the app's folder`,
    ],
  ])("is refused with its line when it reads %s", async (_, index, message) => {
    write({ "jobs/index.ts": index });
    await expect(bundle()).rejects.toThrow(message);
    await expect(loadRegistry(findProject({ from: root }))).rejects.toThrow(
      `jobs/ cannot be loaded: ${message}`,
    );
  });
});
