import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const script = join(dirname(dirname(import.meta.dirname)), "scripts", "ensure-install.js");

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "millrace-install-"));
  for (const folder of ["scripts", "node_modules/.bin"])
    mkdirSync(join(project, folder), { recursive: true });
  cpSync(script, join(project, "scripts", "ensure-install.js"));
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  npm("writeFileSync(process.argv[2])");
  nodeSays("v24.21.0");
});
afterEach(() => rmSync(project, { recursive: true }));

/** What `npm_execpath` names: notes that it was called, and does what it is told. */
const npm = (code: string): void =>
  writeFileSync(
    join(project, "npm-cli.cjs"),
    `const { writeFileSync: write } = require("node:fs");
const writeFileSync = (name) => write(${JSON.stringify(project)} + "/called-with-" + name, "");
${code}`,
  );

/** The Node that the project brings. */
const nodeSays = (version: string): void =>
  writeFileSync(join(project, "node_modules", ".bin", "node"), `#!/bin/sh\necho ${version}\n`, {
    mode: 0o755,
  });

const touch = (file: string, second: number): void => {
  writeFileSync(join(project, file), "{}");
  utimesSync(join(project, file), second, second);
};

const run = () => {
  const env = { ...process.env, npm_execpath: join(project, "npm-cli.cjs") };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(project, "scripts", "ensure-install.js")],
    {
      env,
      encoding: "utf8",
    },
  );
  return { status, said: stdout + stderr, hasInstalled: existsSync(join(project, "called-with-ci")) };
};

test("a fresh clone is installed", () => {
  touch("package-lock.json", 1);
  expect(run()).toEqual({ status: 0, hasInstalled: true, said: expect.stringContaining("Installing") });
});

test("a lock file that is newer than the installation is installed", () => {
  touch("node_modules/.package-lock.json", 1);
  touch("package-lock.json", 2);
  expect(run()).toMatchObject({ status: 0, hasInstalled: true });
});

test("a linked node_modules is never emptied for us", () => {
  const theirs = join(project, "theirs");
  renameSync(join(project, "node_modules"), theirs);
  symlinkSync(theirs, join(project, "node_modules"));
  touch("theirs/.package-lock.json", 1);
  touch("package-lock.json", 2);
  expect(run()).toMatchObject({ status: 1, hasInstalled: false, said: expect.stringContaining("is a link") });
});

test("an installation that is up to date is left alone, quietly", () => {
  touch("package-lock.json", 1);
  touch("node_modules/.package-lock.json", 1);
  expect(run()).toEqual({ status: 0, hasInstalled: false, said: "" });
});

test("a failing npm ci stops the script", () => {
  npm("process.exit(1)");
  expect(run()).toMatchObject({ status: 1, said: expect.stringContaining("npm ci failed") });
});

test("a Node that is too old for the project is named, with what to do", () => {
  touch("node_modules/.package-lock.json", 1);
  nodeSays("v20.20.2");
  expect(run()).toMatchObject({
    status: 1,
    said: expect.stringMatching(
      /needs Node 24 or later; its scripts would run on v20\.20\.2.*npm rebuild node/s,
    ),
  });
});
