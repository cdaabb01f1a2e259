import { bundleFunctions } from "./bundle.ts";
import { millraceApp } from "./millrace-app.ts";

// CDK runs this file (see cdk.json) and takes the stacks from the app when the process ends. It says here which region
// the caller is configured for; a table with its own key must know its region, which a plain synthesis leaves open.
millraceApp({ bundles: await bundleFunctions(), region: process.env["CDK_DEFAULT_REGION"] ?? "us-east-1" });
