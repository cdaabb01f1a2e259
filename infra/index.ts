/** The construct: `import { Pipeline } from "millrace/cdk"`. */
export { Pipeline, type PipelineProps } from "./pipeline.ts";
export type {
  AlarmSettings,
  JobAccess,
  JobSecret,
  LaneSettings,
  PipelineSettings,
  VpcSettings,
} from "./settings.ts";
