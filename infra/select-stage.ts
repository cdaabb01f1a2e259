import type { IGrantable } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";

/** The pipelines that functions select, by their names. */
const selected = new WeakMap<IGrantable, string>();

/**
 * Sets `MILLRACE_STAGE` on a Lambda function, by which its `enqueue` finds the pipeline. Does nothing for other grantees.
 * @throws Error when the function selects another pipeline
 */
export const selectStage = (
  { name, node }: { readonly name: string; readonly node: { readonly path: string } },
  grantee: IGrantable,
): void => {
  if (!isFunction(grantee)) return;
  const other = selected.get(grantee);
  if (other !== undefined && other !== name) {
    throw new Error(
      `Pipeline "${node.path}": grantEnqueue: ${grantee.node.path} selects the pipeline "${other}", and a function can select one; pass its role to grant it access to "${name}" too`,
    );
  }
  selected.set(grantee, name);
  grantee.addEnvironment("MILLRACE_STAGE", name);
};

/** By what it can do: an app may have two copies of the CDK library. An imported function cannot be changed. */
const isFunction = (grantee: IGrantable): grantee is LambdaFunction =>
  "functionArn" in grantee && "addEnvironment" in grantee;
