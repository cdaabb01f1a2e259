import { millraceApp } from "./millrace-app.ts";

// CDK runs this file (see cdk.json) and synthesizes the app when the process ends. CDK_DEFAULT_REGION is the region of
// the caller's configuration. A table with a customer-managed key needs a concrete region.
const { CDK_DEFAULT_REGION: region = "us-east-1" } = process.env;

try {
  millraceApp({ region });
} catch (problem) {
  console.error(`\nNothing was synthesized: ${problem instanceof Error ? problem.message : problem}\n`);
  process.exitCode = 1;
}
