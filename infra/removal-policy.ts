import { RemovalPolicy } from "aws-cdk-lib";
import type { Stage } from "./stages.ts";

/**
 * Of what holds data and has no fixed name. Kept on deletion and on replacement, but not when its creation is rolled
 * back: a first deployment that fails leaves nothing.
 */
export const removalPolicyOf = ({ keepsData }: Pick<Stage, "keepsData">): RemovalPolicy =>
  keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
