import { RemovalPolicy } from "aws-cdk-lib";
import type { Settings } from "./settings.ts";

/**
 * The removal policy of resources that hold data and have no fixed name. They are retained on deletion and replacement,
 * but not when their creation is rolled back: a failed first deployment leaves nothing behind.
 */
export const removalPolicyOf = ({ keepsData }: Pick<Settings, "keepsData">): RemovalPolicy =>
  keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
