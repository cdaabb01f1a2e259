import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import * as z from "zod";
import type { Finding } from "./verdict.ts";

const run = promisify(execFile);

// Uses `python -m`, because the environment was moved after its creation and its scripts contain the old path.

/** A template file and its stage. */
export interface Template {
  readonly stage: string;
  readonly file: string;
}

export interface Judged {
  readonly findings: readonly Finding[];
  /** Number of checks without findings. */
  readonly passed: number;
}

const options = { timeout: 5 * 60_000, maxBuffer: 64 * 1024 * 1024 };

const lintReport = z.array(
  z.object({
    Message: z.string(),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullable() }),
    Rule: z.object({ Id: z.string() }),
  }),
);

const resourcesSchema = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() })) });

/** Runs cfn-lint, which knows the schema of every resource. A template without findings counts as one passed check. */
export const lint = async (python: string, template: Template): Promise<Judged> => {
  const args = [
    "--format",
    "json",
    "--non-zero-exit-code",
    "none",
    "--regions",
    "eu-west-1",
    "--",
    template.file,
  ];
  const { stdout } = await run(python, ["-m", "cfnlint.runner.cli", ...args], options);
  const { Resources } = resourcesSchema.parse(JSON.parse(await readFile(template.file, "utf8")));
  const findings = lintReport.parse(JSON.parse(stdout)).map(({ Message, Location, Rule }) => {
    const resource = String(Location.Path?.[1] ?? "");
    const type = Resources[resource]?.Type ?? "the template";
    return { id: Rule.Id, stage: template.stage, type, resource, message: Message };
  });
  return { findings, passed: findings.length === 0 ? 1 : 0 };
};

const checkovReport = z.object({
  summary: z.object({ passed: z.int(), parsing_errors: z.int() }),
  results: z.object({
    failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
  }),
});

/** Runs checkov, which checks security practices. `--skip-download` keeps it off the network. */
export const checkov = async (python: string, { stage, file }: Template): Promise<Judged> => {
  const args = ["--framework", "cloudformation", "--compact", "--quiet", "--skip-download", "--soft-fail"];
  const command = ["-m", "checkov.main", ...args, "--output", "json", "--file", file];
  const { stdout } = await run(python, command, options);
  const { summary, results } = checkovReport.parse(JSON.parse(stdout));
  if (summary.parsing_errors > 0) throw new Error(`checkov cannot read ${file}`);
  const findings = results.failed_checks.map(({ check_id, check_name, resource }) => {
    const [type = "", name = ""] = resource.split(".");
    return { id: check_id, stage, type, resource: name, message: check_name };
  });
  return { findings, passed: summary.passed };
};
