/** `npm run vectors -- FILE` checks the public functions against a file of cron vectors. */
import { failureOf } from "../shared/core/runs/failure.ts";
import { judge, type Verdict } from "./vectors/judge.ts";
import { readVectorFile } from "./vectors/read.ts";

/** A difference from an advisory vector is reported, but counts neither as passed nor as failed. */
const report = (verdicts: readonly Verdict[]): number => {
  for (const { id, isMust, about, problem } of verdicts.filter(({ problem }) => problem)) {
    console.log(`${isMust ? "FAILED" : "differs (advisory)"} ${id} ${about}: ${problem}`);
  }
  const failed = verdicts.filter(({ isMust, problem }) => problem && isMust).length;
  console.log(`${verdicts.filter(({ problem }) => !problem).length} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
};

const run = async (file: string): Promise<number> => {
  try {
    const { policies, vectors } = await readVectorFile(file);
    return report(vectors.map((vector, at) => judge(vector, { at, policies })));
  } catch (error) {
    console.error(`vectors: ${failureOf(error).message}`);
    // A file that cannot be read counts as one failure, so that it is not mistaken for success.
    console.log("0 passed, 1 failed");
    return 1;
  }
};

const [file = "test/data/cron-vectors.json"] = process.argv.slice(2);
process.exitCode = await run(file);
