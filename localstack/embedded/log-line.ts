/** One line of output of a function, or of the host about a function. */
export interface LogLine {
  /** The function's name, as on AWS. */
  readonly from: string;
  readonly stream: "stdout" | "stderr" | "host";
  readonly text: string;
}

export type OnLine = (line: LogLine) => void;
