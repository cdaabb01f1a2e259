import { App, type AppProps, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import type { Bundles } from "./bundle.ts";
import { MillraceStack } from "./millrace-stack.ts";
import { stages } from "./stages.ts";

export interface MillraceAppProps extends AppProps {
  readonly bundles: Bundles;
  /** The region of the stacks. Their account is the deployer's. */
  readonly region: string;
}

/** Creates one stack per stage, so that `cdk deploy millrace-dev` needs no option. Synthesis fails when a check fails. */
export const millraceApp = ({ bundles, region, ...props }: MillraceAppProps): App => {
  const app = new App(props);
  for (const stage of stages) new MillraceStack(app, { stage, bundles, region });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
};
