import { dirname, join } from "node:path";
import { App, type AppProps, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { MillraceStack } from "./millrace-stack.ts";
import { stages } from "./stages.ts";

export interface MillraceAppProps extends AppProps {
  /** The region of the stacks. Their account is the deployer's. */
  readonly region: string;
}

/** The jobs of this repository. */
const jobs = join(dirname(import.meta.dirname), "jobs");

/** Creates one stack per stage, so that `cdk deploy millrace-dev` needs no option. Synthesis fails when a check fails. */
export const millraceApp = ({ region, ...props }: MillraceAppProps): App => {
  const app = new App(props);
  for (const stage of stages) new MillraceStack(app, { ...stage, jobs, region });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
};
