import { dirname } from "node:path";
import { bundleFunctions } from "./bundle.ts";
import { checkJobs } from "./check-jobs.ts";
import { millraceApp } from "./millrace-app.ts";
import { findProject } from "./project.ts";

// CDK runs this file (see cdk.json) and synthesizes the app when the process ends. CDK_DEFAULT_REGION is the region of
// the caller's configuration. A table with a customer-managed key needs a concrete region.
const { CDK_DEFAULT_REGION: region = "us-east-1" } = process.env;

try {
  const project = findProject({ from: dirname(import.meta.dirname) });
  await checkJobs(project);
  millraceApp({ bundles: await bundleFunctions({ project }), region });
} catch (problem) {
  console.error(`\nNothing was synthesized: ${problem instanceof Error ? problem.message : problem}\n`);
  process.exitCode = 1;
}
