/** `npm run vectors -- FILE` runs a file of cron vectors through the public functions. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { cron } from "../shared/core/cron/cron.ts";
import type { CronRule } from "../shared/core/cron/cron-rule.ts";
import type { DstChoice } from "../shared/core/cron/dst.ts";
import { DefinitionError } from "../shared/core/errors.ts";

const vectorSchema = z.object({
  id: z.string(),
  level: z.enum(["must", "advisory"]).default("must"),
  expr: z.string(),
  dialect: z.enum(["unix5", "ext5", "sec6", "sec7", "aws6", "aws-rate"]),
  tz: z.string().default("UTC"),
  from: z.string().optional(),
  count: z.number().optional(),
  expected: z.array(z.string()).optional(),
  policy: z.string().optional(),
  expectError: z.boolean().default(false),
});

export type Vector = z.infer<typeof vectorSchema>;

const fileSchema = z.object({ vectors: z.array(vectorSchema) });

export const readVectors = async (file: string): Promise<readonly Vector[]> =>
  fileSchema.parse(JSON.parse(await readFile(file, "utf8"))).vectors;

/** What is wrong with our answer to a vector, or undefined when nothing is. */
export const problemOf = (vector: Vector): string | undefined => {
  try {
    const rule = ruleOf(vector);
    return vector.expectError ? `expected an error, got the rule "${rule.text}"` : wrongTimes(rule, vector);
  } catch (error) {
    if (!(error instanceof DefinitionError)) {
      return `expected a DefinitionError at most, got ${error}`;
    }
    return vector.expectError ? undefined : `refused: ${error.message}`;
  }
};

/** Vectors hold expressions that never fire and expect an empty list of them. */
const ruleOf = ({ expr, dialect, tz, policy }: Vector): CronRule => {
  const rule = cron(expr, tz, { allowNever: true });
  if (rule.dialect !== dialect && dialect !== "ext5") {
    throw new DefinitionError("dialect", `expected ${dialect}, read as ${rule.dialect}`);
  }
  return policy === undefined ? rule : rule.withDst(dstOf(policy, rule));
};

/** The policies of the vectors in our words; the first two leave intervals their default. */
const dstOf = (policy: string, rule: CronRule): DstChoice => {
  const isInterval = rule.dst.overlap === "both";
  switch (policy) {
    case "vixie":
      return isInterval ? {} : { gap: "run-after-gap", overlap: "first" };
    case "aws-scheduler":
      return isInterval ? {} : { gap: "skip", overlap: "first" };
    case "wall-match":
      return { gap: "skip", overlap: "both" };
    default:
      throw new DefinitionError("policy", `expected vixie, aws-scheduler or wall-match, got "${policy}"`);
  }
};

const wrongTimes = (rule: CronRule, { from, count = 0, expected }: Vector): string | undefined => {
  if (from === undefined || expected === undefined) {
    return undefined;
  }
  const got = nextTimes(rule, { after: new Date(from), count });
  return got.join() === expected.join()
    ? undefined
    : `expected [${expected.join(", ")}], got [${got.join(", ")}]`;
};

const nextTimes = (rule: CronRule, { after, count }: { after: Date; count: number }): readonly string[] => {
  const due = count > 0 ? rule.next(after) : undefined;
  return due
    ? [due.toISOString().replace(".000Z", "Z"), ...nextTimes(rule, { after: due, count: count - 1 })]
    : [];
};

/** An advisory vector is an opinion: a difference is told, and counted neither way. */
const report = (vectors: readonly Vector[]): number => {
  const results = vectors.map((vector) => ({ ...vector, problem: problemOf(vector) }));
  for (const { id, level, expr, tz, problem } of results.filter(({ problem }) => problem)) {
    console.log(`${level === "must" ? "FAILED" : "differs (advisory)"} ${id} "${expr}" ${tz}: ${problem}`);
  }
  const failed = results.filter(({ level, problem }) => problem && level === "must").length;
  console.log(`${results.filter(({ problem }) => !problem).length} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
};

if (import.meta.main) {
  const [file = "test/data/cron-vectors.json"] = process.argv.slice(2);
  process.exitCode = report(await readVectors(file));
}
