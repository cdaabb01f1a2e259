import { bundleFunctions } from "./bundle.ts";
import { checkJobs } from "./check-jobs.ts";
import { millraceApp } from "./millrace-app.ts";

// CDK runs this file (see cdk.json) and takes the stacks from the app when the process ends. It says here which region
// the caller is configured for: a table with a key of its own must know its region, which CDK could else leave open.
const { CDK_DEFAULT_REGION: region = "us-east-1" } = process.env;

try {
  await checkJobs();
  millraceApp({ bundles: await bundleFunctions(), region });
} catch (problem) {
  console.error(`\nNothing was synthesized: ${problem instanceof Error ? problem.message : problem}\n`);
  process.exitCode = 1;
}
