import type { ChosenBy } from "../shared/aws/locate-pipeline.ts";

/** Which pipeline an answer is about. With `--json` it is the field `pipeline` of every answer. */
export interface PipelineName {
  readonly stage: string;
  /** Absent when an endpoint replaces AWS. */
  readonly region?: string;
  readonly account?: string;
  readonly endpoint?: string;
  /** What chose the stage. */
  readonly chosenBy: ChosenBy;
  /** The stage that `millrace dev` runs here, when the environment names another one. */
  readonly passedOver?: string;
}

/** One line, such as `pipeline: dev in eu-west-1, account 123456789012 (--stage)`. */
export const pipelineLine = ({ stage, endpoint, region, account, ...why }: PipelineName): string => {
  const { chosenBy, passedOver } = why;
  const place = endpoint === undefined ? regionText(region, account) : ` at ${endpoint}`;
  const other =
    passedOver === undefined
      ? ""
      : `; the pipeline of millrace dev is "${passedOver}": unset MILLRACE_STAGE, or pass --stage ${passedOver}`;
  return `pipeline: ${stage}${place} (${chosenBy}${other})`;
};

const regionText = (region: string | undefined, account: string | undefined): string =>
  [region && ` in ${region}`, account && `account ${account}`].filter(Boolean).join(", ");

/** Reads the account from a queue URL, `https://sqs.eu-west-1.amazonaws.com/123456789012/name`. */
export const accountIn = (queueUrl: string): string | undefined => /\/(\d{12})\/[^/]+$/.exec(queueUrl)?.[1];
