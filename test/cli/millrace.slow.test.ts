import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";

const start = join(import.meta.dirname, "..", "..", "cli", "millrace.js");

/** Starts the CLI as a user does. */
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((resolve) => {
    const { PATH = "", HOME = "" } = process.env;
    const child = execFile(
      process.execPath,
      [start, ...args],
      { env: { PATH, HOME, ...env } },
      (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });

describe("node cli/millrace.js", () => {
  test("prints help within 80 columns", async () => {
    const { code, out, err } = await run(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const command of ["runs list", "runs show <id>", "enqueue <job>", "schedules list", "lanes"]) {
      expect(out).toContain(`\n  ${command} `);
    }
    expect(Math.max(...out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test("exits with 2 and a message on stderr for wrong usage", async () => {
    const { code, out, err } = await run(["rums"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Did you mean runs?");
  });

  test("names the missing AWS setting", async () => {
    const withoutSettings = { HOME: "/none", AWS_EC2_METADATA_DISABLED: "true" };
    for (const [env, problem] of [
      [withoutSettings, /^millrace: no AWS region set; set AWS_REGION, or /],
      [
        { ...withoutSettings, AWS_REGION: "eu-west-1" },
        /^millrace: no AWS credentials found .*; set AWS_PROFILE/,
      ],
    ] as const) {
      const { code, out, err } = await run(["lanes", "--stage", "prod"], env);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toMatch(problem);
    }
  });

  test("exits with 1 and one sentence when nothing answers", async () => {
    const nowhere = "http://127.0.0.1:9";
    const aws = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "none", AWS_SECRET_ACCESS_KEY: "none" };
    const { code, out, err } = await run(["lanes", "--stage", "none"], {
      ...aws,
      AWS_ENDPOINT_URL_SQS: nowhere,
    });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe(
      "millrace: no server answers (connect ECONNREFUSED 127.0.0.1:9); run npx millrace dev, or pass --stage for a deployed pipeline\n",
    );
  });
});
