import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { until } from "../until.ts";
import { createApp, type DevApp, startDev } from "./dev-app.ts";

jest.setTimeout(90_000);

const index = (version: string): string => `
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { defineJob } from "millrace";

const write = (text: string) => appendFileSync(\`\${process.env.OUT}\`, \`\${text} ${version}\\n\`);
export const say = defineJob({ name: "say", run: () => write("say") });
export const read = defineJob({
  name: "read",
  run: () => write(readFileSync(new URL("data/name.txt", import.meta.url), "utf8")),
});
export const slow = defineJob({
  name: "slow",
  run: async () => {
    write("start");
    while (!existsSync(\`\${process.env.OUT}.release\`)) await wait(20);
    write("end");
  },
});
`;
const schedules = (rule: string): string => `
import { cron, every, schedule } from "millrace";
import { say } from "./index.ts";

export const hourly = schedule(${rule}, say, undefined, { name: "hourly" });
`;

let app: DevApp;
beforeAll(async () => {
  app = await startDev(
    createApp({
      "tsconfig.json":
        '{ "compilerOptions": { "module": "nodenext", "strict": true, "types": [], "skipLibCheck": true }, "files": ["jobs/types.ts"] }',
      "jobs/types.ts": "export const count: number = 1;\n",
      "jobs/index.ts": index("one"),
      "jobs/schedules.ts": schedules('every("1 hour")'),
      "jobs/data/name.txt": "ann",
    }),
  );
});
afterAll(() => app.stop());

const updates = (): number => app.output().split("updated in ").length - 1;

/** Changes files and waits until the change is deployed. */
const change = async (files: Readonly<Record<string, string>>): Promise<void> => {
  const before = updates();
  app.write(files);
  await until(() => updates() > before);
};

const ran = async (job: string, key: string, line: string): Promise<void> => {
  await app.send(job, key);
  await until(() => app.written().includes(line));
};

describe("millrace dev after a change", () => {
  test("runs the new code, and ends a running job on the old code, once", async () => {
    await ran("slow", "a", "start one");
    await change({ "jobs/index.ts": index("two") });
    await ran("say", "b", "say two");
    app.write({ "out.txt.release": "" });
    await until(() => app.written().includes("end one"));
    await until(() => /succeeded .*slow:a/.test(app.output()));
    expect(app.written().filter((line) => line.startsWith("start"))).toEqual(["start one"]);
  });

  test("names the file, the line and the problem of broken code, and continues with the last that worked", async () => {
    app.write({ "jobs/index.ts": `${index("three")}\nexport const x = {` });
    await until(() => app.output().includes("The last version that worked continues."));
    expect(app.output()).toMatch(/jobs\/index\.ts:\d+: Expected identifier/);
    await ran("say", "c", "say two");
    await change({ "jobs/index.ts": index("four") });
    await ran("say", "d", "say four");
  });

  test("stores a changed schedule at once", async () => {
    await change({ "jobs/schedules.ts": schedules('cron("0 3 * * *")') });
    await until(async () => (await app.cli("schedules", "list", "--json")).includes("0 3 * * *"));
  });

  test("shows type errors beside, and that they are gone", async () => {
    app.write({ "jobs/types.ts": 'export const count: number = "one";\n' });
    await until(() => app.output().includes("jobs/types.ts(1,14): error TS2322"));
    await app.send("say", "t");
    await until(() => /succeeded .*say:t/.test(app.output()));
    app.write({ "jobs/types.ts": "export const count: number = 2;\n" });
    await until(() => app.output().includes("no type errors any more"));
  });

  test("deploys new files and changed data, and forgets deleted files", async () => {
    await change({ "jobs/data/name.txt": "bob" });
    await ran("read", "e", "bob four");
    const extra =
      'import { defineJob } from "millrace";\nexport const extra = defineJob({ name: "extra", run() {} });\n';
    await change({
      "jobs/more/extra.ts": extra,
      "jobs/index.ts": `export * from "./more/extra.ts";\n${index("five")}`,
    });
    expect(app.output()).toContain("; new job extra");
    const before = updates();
    rmSync(join(app.folder, "jobs", "more"), { recursive: true });
    await until(() => /extra\.ts/.test(app.output().split("updated in ").at(-1) ?? ""));
    app.write({ "jobs/index.ts": index("six") });
    await until(() => updates() > before);
    expect(app.output()).toContain("; job extra removed");
  });
});
