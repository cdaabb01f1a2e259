/**
 * `npm run judge`: checks the templates of all stages with cfn-lint and checkov. Every finding must be fixed, or accepted
 * with a reason in scripts/judge/accepted.ts. Ends with `N passed, N failed`.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { millraceApp } from "../infra/millrace-app.ts";
import { stages } from "../infra/stages.ts";
import { installPython } from "../localstack/endpoint/python.ts";
import { namesOf } from "../shared/core/names.ts";
import { accepted } from "./judge/accepted.ts";
import { checkov, lint, type Template } from "./judge/judges.ts";
import { verdictOn } from "./judge/verdict.ts";

const root = join(import.meta.dirname, "..");

const synthesize = async (outdir: string): Promise<readonly Template[]> => {
  const { context } = JSON.parse(await readFile(join(root, "cdk.json"), "utf8"));
  const app = millraceApp({
    region: "eu-west-1",
    outdir,
    context,
  });
  const assembly = app.synth();
  return stages.map(({ name }) => ({
    stage: name,
    file: assembly.getStackByName(namesOf(name).stack).templateFullPath,
  }));
};

const judge = async (python: string): Promise<{ readonly passed: number; readonly failed: number }> => {
  const outdir = await mkdtemp(join(tmpdir(), "millrace-judge-"));
  try {
    const templates = await synthesize(outdir);
    const judged = await Promise.all(
      templates.flatMap((template) => [lint(python, template), checkov(python, template)]),
    );
    const verdict = verdictOn(
      judged.flatMap(({ findings }) => findings),
      accepted,
    );
    for (const { id, stage, type, resource, message } of verdict.refused) {
      console.error(`${stage}: ${id}: ${type} ${resource}: ${message}`);
    }
    for (const { id, type } of verdict.unused) {
      console.error(`scripts/judge/accepted.ts: ${id} for ${type} matches no finding: remove it`);
    }
    const passed = judged.reduce((sum, one) => sum + one.passed, 0) + verdict.accepted.length;
    return { passed, failed: verdict.refused.length + verdict.unused.length };
  } finally {
    await rm(outdir, { recursive: true });
  }
};

const installed = await installPython({
  what: "The judge",
  cacheDir: join(root, ".cache"),
  requirements: join(import.meta.dirname, "judge", "requirements.txt"),
});
if ("reason" in installed) {
  console.error(installed.reason);
  process.exitCode = 1;
} else {
  const { passed, failed } = await judge(installed.python);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
