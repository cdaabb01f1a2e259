import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { account as accountId, credentials, region } from "../../localstack/endpoint/access.ts";
import { describeOn, endpointForTests } from "../e2e/endpoint.ts";
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

/** A web server of the app, which refers to the job by its type alone. */
const server = `import express from "express";
import { enqueue, jobRef } from "millrace/client";
import type { hello } from "./jobs/hello.ts";

const job = jobRef<typeof hello>("hello");
const app = express();
app.post("/greet/:name", async (request, response) => {
  response.json(await enqueue(job, { name: request.params.name }));
});
const listening = app.listen(0, "127.0.0.1", () => console.log(JSON.stringify(listening.address())));
`;

const address = z.object({ port: z.int() });

describeOn(await endpointForTests(), (url) => {
  let web: ChildProcess | undefined;
  afterAll(() => void web?.kill("SIGKILL"));

  const account = (): Readonly<Record<string, string>> => ({
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL: url(),
    AWS_EC2_METADATA_DISABLED: "true",
    MILLRACE_STAGE: "my-app-jobs",
  });

  test("the app deploys, and its web server enqueues there", async () => {
    const cdk = join(app, "node_modules", ".bin", "cdk");
    const bootstrapped = await run(
      packed.folder,
      [cdk, "bootstrap", `aws://${accountId}/${region}`, "--no-notices"],
      account(),
    );
    expect(bootstrapped).toMatchObject({ code: 0 });
    const deployed = await run(
      app,
      [cdk, "deploy", "--require-approval", "never", "--no-notices"],
      account(),
    );
    expect(deployed).toMatchObject({ code: 0 });

    expect(await run(app, ["npm", "install", "--no-audit", "--no-fund", "express@5.3.0"])).toMatchObject({
      code: 0,
    });
    write("server.ts", server);
    web = spawn(process.execPath, ["server.ts"], {
      cwd: app,
      env: environment(account()),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let listening = "";
    web.stdout?.on("data", (chunk) => {
      listening += chunk;
    });
    await eventually(
      async () => listening,
      (text) => text.includes("}"),
    );
    const { port } = address.parse(JSON.parse(listening));
    const answer = await fetch(`http://127.0.0.1:${port}/greet/Ann`, { method: "POST" });
    const { id } = enqueued.parse(await answer.json());
    const { out } = await eventually(
      () => run(app, ["npx", "millrace", "runs", "show", id, "--json"], account()),
      ({ code, out: text }) => code === 0 && shownRun.parse(JSON.parse(text)).state === "succeeded",
    );
    expect(shownRun.parse(JSON.parse(out)).result).toMatch(/, Ann!$/);
  });
});
