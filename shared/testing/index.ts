/** What the tests of a user's jobs may import. It needs no test runner. */

export {
  type EnqueuedWork,
  type LogLine,
  type Performed,
  type PerformOptions,
  perform,
} from "./perform.ts";
export type { Fault } from "./pipeline/fault.ts";
export type { RunFilter, TestDeadLetter, TestRun } from "./pipeline/views.ts";
export {
  createTestPipeline,
  type TestEnqueued,
  type TestPipeline,
  type TestPipelineOptions,
} from "./test-pipeline.ts";
