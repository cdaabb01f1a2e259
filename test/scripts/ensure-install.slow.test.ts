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

/** The fake npm at `npm_execpath`: records its call, and runs the given code. */
const npm = (code: string): void =>
  writeFileSync(
    join(project, "npm-cli.cjs"),
    `const { writeFileSync: write } = require("node:fs");
const writeFileSync = (name) => write(${JSON.stringify(project)} + "/called-with-" + name, "");
${code}`,
  );

/** Sets the version of the project's own Node. */
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
  return { status, output: stdout + stderr, hasInstalled: existsSync(join(project, "called-with-ci")) };
};

test("ensure-install installs in a fresh clone", () => {
  touch("package-lock.json", 1);
  expect(run()).toEqual({ status: 0, hasInstalled: true, output: expect.stringContaining("Installing") });
});

test("ensure-install installs when the lock file is newer than the installation", () => {
  touch("node_modules/.package-lock.json", 1);
  touch("package-lock.json", 2);
  expect(run()).toMatchObject({ status: 0, hasInstalled: true });
});

test("ensure-install never empties a linked node_modules", () => {
  const theirs = join(project, "theirs");
  renameSync(join(project, "node_modules"), theirs);
  symlinkSync(theirs, join(project, "node_modules"));
  touch("theirs/.package-lock.json", 1);
  touch("package-lock.json", 2);
  expect(run()).toMatchObject({
    status: 1,
    hasInstalled: false,
    output: expect.stringContaining("is a link"),
  });
});

test("ensure-install does nothing when the installation is up to date", () => {
  touch("package-lock.json", 1);
  touch("node_modules/.package-lock.json", 1);
  expect(run()).toEqual({ status: 0, hasInstalled: false, output: "" });
});

test("ensure-install exits with 1 when npm ci fails", () => {
  npm("process.exit(1)");
  expect(run()).toMatchObject({ status: 1, output: expect.stringContaining("npm ci failed") });
});

test("ensure-install names a Node that is too old, and what to do", () => {
  touch("node_modules/.package-lock.json", 1);
  nodeSays("v20.20.2");
  expect(run()).toMatchObject({
    status: 1,
    output: expect.stringMatching(
      /needs Node 24 or later; its scripts would run on v20\.20\.2.*npm rebuild node/s,
    ),
  });
});
