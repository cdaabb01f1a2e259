import { Stack, Token } from "aws-cdk-lib";
import type { Construct, IConstruct } from "constructs";
import { ProjectError } from "./project.ts";

/** The longest name derived from a pipeline's name is a function's, at most 64 characters. */
const maxNameLength = 64 - "millrace--worker-critical".length;

/** Returns what is wrong with the name of a pipeline, or undefined. */
export const nameProblem = (name: string): string | undefined =>
  !Token.isUnresolved(name) && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= maxNameLength
    ? undefined
    : `name: expected lowercase letters, digits and single hyphens, starting with a letter, at most ${maxNameLength} characters, got ${shown(name)}`;

const shown = (name: string): string =>
  Token.isUnresolved(name) ? "a value that is known only when the stack is deployed" : `"${name}"`;

/**
 * Derives a name from those of the stack and of the construct: `ShopStack` and `Jobs` make `shop-stack-jobs`.
 * @throws ProjectError when that is not a valid name
 */
export const defaultName = (scope: Construct): string => {
  const { stackName } = Stack.of(scope);
  const derived = Token.isUnresolved(stackName) ? stackName : kebabCase(`${stackName}-${scope.node.id}`);
  const problem = nameProblem(derived);
  if (problem === undefined) return derived;
  throw new ProjectError(`${problem} from the stack and the construct; pass a name, such as name: "shop"`);
};

const kebabCase = (text: string): string =>
  text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();

/** The paths of an app's pipelines, by environment and name. */
const pipelines = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Records that an app has a pipeline of this name.
 * @throws ProjectError when it has another one of this name in the same account and region
 */
export const claimName = (scope: Construct, name: string): void => {
  const { root, path } = scope.node;
  const claimed = pipelines.get(root) ?? new Map<string, string>();
  pipelines.set(root, claimed);
  const key = `${Stack.of(scope).environment} ${name}`;
  const other = claimed.get(key);
  if (other !== undefined) {
    throw new ProjectError(
      `name: expected another name than "${name}", which the pipeline ${other} has; pass a name to one of them`,
    );
  }
  claimed.set(key, path);
};
