import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { PipelineSettings } from "./settings.ts";

/** The stages of this repository's own app. A stage without settings has the defaults: see settings.ts. */
export const stages = [
  { name: "dev" },
  {
    name: "prod",
    keepsData: true,
    hasOwnKey: true,
    logRetention: RetentionDays.THREE_MONTHS,
    logLevel: "INFO",
    // Half of the usual quota.
    accountConcurrency: 1_000,
    workerConcurrency: 500,
    memoryMb: 1024,
    alarms: { which: "all" },
  },
] as const satisfies readonly PipelineSettings[];
