/** One line that a function, or the host about a function, has to say. */
export interface LogLine {
  /** The function's name, as on AWS. */
  readonly from: string;
  readonly stream: "stdout" | "stderr" | "host";
  readonly text: string;
}

export type OnLine = (line: LogLine) => void;
