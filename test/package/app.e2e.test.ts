import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { eventually } from "../e2e/eventually.ts";
import { environment, type Packed, pack, type Ran, run } from "./installed.ts";

let packed: Packed;
let app: string;
let dev: ChildProcess | undefined;
beforeAll(async () => {
  packed = pack();
  app = join(packed.folder, "my-app");
  mkdirSync(app);
}, 120_000);
afterAll(() => {
  dev?.kill("SIGKILL");
  packed.remove();
});

const millrace = (...args: readonly string[]): Promise<Ran> => run(app, ["npx", "millrace", ...args]);

const write = (path: string, text: string): void => writeFileSync(join(app, path), text);

/** What `millrace dev` has printed. */
let printed = "";

const startDev = (): void => {
  printed = "";
  // Without npx, which keeps a signal to itself: in a terminal, Ctrl-C reaches both.
  const bin = join(app, "node_modules", "millrace", "cli", "millrace.js");
  dev = spawn(process.execPath, [bin, "dev"], {
    cwd: app,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [dev.stdout, dev.stderr]) {
    stream?.on("data", (chunk) => {
      printed += chunk;
    });
  }
};

const stopDev = async (): Promise<void> => {
  if (!dev || dev.exitCode !== null) return;
  const ended = once(dev, "exit");
  dev.kill("SIGINT");
  await ended;
};

const isPrinted = (text: string | RegExp): Promise<string> =>
  eventually(
    async () => printed,
    (all) => (typeof text === "string" ? all.includes(text) : text.test(all)),
  );

/** How many runs of the schedule have succeeded. */
const scheduledRuns = (): number => printed.match(/succeeded.*hello:hello@/g)?.length ?? 0;

const shownRun = z.object({ state: z.string(), result: z.unknown() });

/** @returns the run, once it has succeeded */
const succeeded = async (id: string): Promise<z.infer<typeof shownRun>> => {
  const { out } = await eventually(
    () => millrace("runs", "show", id, "--json"),
    ({ code, out: text }) => code === 0 && shownRun.parse(JSON.parse(text)).state === "succeeded",
  );
  return shownRun.parse(JSON.parse(out));
};

const enqueued = z.object({ id: z.string() });

const enqueue = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await millrace("enqueue", ...args, "--json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return enqueued.parse(JSON.parse(out)).id;
};

describe("an empty folder, with the packed package alone", () => {
  test("becomes an app by millrace init, which asks nothing", async () => {
    const { code, out } = await run(app, ["npx", "--yes", "--package", packed.tarball, "millrace", "init"]);
    expect(code).toBe(0);
    expect(out).toContain("created jobs/hello.ts");
    expect(out).toContain("npx millrace dev");
  });

  test("compiles, and its test passes", async () => {
    expect(await run(app, ["npx", "tsc"])).toEqual({ code: 0, out: "", err: "" });
    const { code, out } = await run(app, ["npm", "test"]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("pass 1") });
  });

  test("is refused a second init, and stays as it is", async () => {
    const before = readdirSync(app, { recursive: true }).length;
    const { code, err } = await millrace("init");
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^millrace: jobs\/ exists already, so nothing was changed: .*\n$/),
    });
    expect(readdirSync(app, { recursive: true }).length).toBe(before);
  });

  test("synthesizes a stack", async () => {
    const { code, err } = await run(app, ["npx", "cdk", "synth", "--quiet"]);
    expect({ code, err }).toEqual({ code: 0, err: expect.any(String) });
    const template = readdirSync(join(app, "cdk.out")).find((file) => file.endsWith(".template.json")) ?? "";
    expect(readFileSync(join(app, "cdk.out", template), "utf8")).toContain("AWS::Lambda::EventSourceMapping");
  });
});

describe("millrace dev, in that app", () => {
  test("runs what is scheduled and what is enqueued", async () => {
    startDev();
    await isPrinted("millrace enqueue");
    expect(await succeeded(await enqueue("hello", "--input", '{"name":"Ann"}'))).toMatchObject({
      result: "Hello, Ann!",
    });
    await isPrinted(/hello:hello@/);
  });

  test("runs an edited job", async () => {
    const job = readFileSync(join(app, "jobs", "hello.ts"), "utf8");
    const edited = job.replace("Hello, $", "Good morning, $");
    expect(edited).not.toBe(job);
    write("jobs/hello.ts", edited);
    await eventually(
      async () => (await succeeded(await enqueue("hello", "--input", '{"name":"Bo"}'))).result,
      (result) => result === "Good morning, Bo!",
    );
  });

  test("says where a broken edit is wrong, and continues with the last good code", async () => {
    const job = readFileSync(join(app, "jobs", "hello.ts"), "utf8");
    write("jobs/hello.ts", job.replace("run(", "run(("));
    await isPrinted(/jobs\/hello\.ts:\d+/);
    const before = scheduledRuns();
    await eventually(
      async () => scheduledRuns(),
      (count) => count > before,
    );
    write("jobs/hello.ts", job);
  });

  test("leaves no process and no address behind when it is stopped", async () => {
    await stopDev();
    expect(existsSync(join(app, ".millrace", "env"))).toBe(false);
  });
});
