import { RemovalPolicy } from "aws-cdk-lib";
import type { Stage } from "./stages.ts";

/**
 * The removal policy of resources that hold data and have no fixed name. They are retained on deletion and replacement,
 * but not when their creation is rolled back: a failed first deployment leaves nothing behind.
 */
export const removalPolicyOf = ({ keepsData }: Pick<Stage, "keepsData">): RemovalPolicy =>
  keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
