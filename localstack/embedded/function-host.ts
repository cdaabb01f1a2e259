import type { OnLine } from "./log-line.ts";
import type { Reaper } from "./reaper.ts";

/** What the processes of functions need from the process that starts them. */
export interface FunctionHost {
  readonly onLine: OnLine;
  readonly reaper: Reaper;
  /** Stores compiled code, so that further processes start faster. Default: nothing is stored. */
  readonly codeCache?: string | undefined;
}
