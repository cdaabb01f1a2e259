import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { until } from "../until.ts";

jest.setTimeout(60_000);

const script = join(import.meta.dirname, "..", "..", "..", "cli", "main.ts");

let folder: string;
/** The data folder of a pipeline that ran and was stopped. */
let used: string;
const children: ChildProcess[] = [];

const begin = (args: readonly string[]) => {
  const child = spawn(process.execPath, [script, "dev", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  return child;
};

const run = async (...args: readonly string[]) => {
  const child = begin(args);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { out, err, code };
};

/** Starts the pipeline and waits until it is running. */
const up = async (...args: readonly string[]): Promise<ChildProcess> => {
  const child = begin(args);
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await until(() => output.includes("--message-body") || child.exitCode !== null);
  expect(child.exitCode).toBe(null);
  return child;
};

const stop = async (child: ChildProcess): Promise<void> => {
  child.kill("SIGINT");
  if (child.exitCode === null) await once(child, "exit");
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-flags-"));
  used = join(folder, "used");
  await stop(await up("--data", used));
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(stop));
});
afterAll(() => rmSync(folder, { recursive: true }));

const copyOfUsed = (name: string): string => {
  const copy = join(folder, name);
  cpSync(used, copy, { recursive: true });
  return copy;
};

test("--help and --version print and start nothing", async () => {
  const help = await run("--help");
  expect(help).toMatchObject({ code: 0, err: "" });
  for (const flag of ["--data <folder>", "--reset", "--yes", "--verbose", "--version"])
    expect(help.out).toContain(flag);
  expect(await run("--version")).toEqual({ code: 0, err: "", out: "0.1.0\n" });
});

test("an unknown flag is refused and exit code 2", async () => {
  const { code, out, err } = await run("--prot", "1");
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err.trim()).toBe("error: unknown option '--prot'\nRun with --help for usage.");
});

test("a second start on the same data is refused, and names the running process", async () => {
  const data = copyOfUsed("shared");
  const first = await up("--data", data);
  const second = await run("--data", data);
  expect(second).toMatchObject({ code: 1, out: "" });
  expect(second.err).toContain(`another Millrace (process ${first.pid}, started at `);
  const refused = await run("--data", data, "--reset", "--yes");
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("another Millrace (process ") });
  expect(existsSync(join(data, "dynamodb.db"))).toBe(true);
});

test("damaged data is an error that names the reset command, which requires confirmation and works", async () => {
  const data = copyOfUsed("damaged");
  const file = join(data, "dynamodb.db");
  writeFileSync(file, "this is no database ".repeat(300));
  writeFileSync(join(data, "mine.txt"), "not Millrace's");
  const { code, out, err } = await run("--data", data);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(`${file} is damaged or cannot be opened (`);
  expect(err).toContain(`npx millrace dev --reset --data "${data}"`);
  expect(err.trim().split("\n")).toHaveLength(1);

  const unconfirmed = await run("--data", data, "--reset");
  expect(unconfirmed).toMatchObject({ code: 1, err: expect.stringContaining("confirm it with --yes") });
  expect(existsSync(file)).toBe(true);

  await up("--data", data, "--reset", "--yes");
  expect(existsSync(join(data, "mine.txt"))).toBe(true);
});
