/** A finding of a tool about a resource. */
export interface Finding {
  /** The id of the rule, such as `CKV_AWS_27`. */
  readonly id: string;
  readonly stage: string;
  /** The resource's type, such as `AWS::SQS::Queue`. */
  readonly type: string;
  readonly resource: string;
  readonly message: string;
}

/** A rule that resources of a type violate on purpose. */
export interface Accepted extends Pick<Finding, "id" | "type"> {
  /** Default: all stages. */
  readonly stage?: string;
  readonly reason: string;
}

export interface Verdict {
  readonly accepted: readonly Finding[];
  readonly refused: readonly Finding[];
  /** Entries that match no finding. */
  readonly unused: readonly Accepted[];
}

export const verdictOn = (findings: readonly Finding[], entries: readonly Accepted[]): Verdict => {
  const matches = (entry: Accepted, { id, type, stage }: Finding): boolean =>
    entry.id === id && entry.type === type && (entry.stage ?? stage) === stage;
  const isAccepted = (finding: Finding): boolean => entries.some((entry) => matches(entry, finding));
  return {
    accepted: findings.filter(isAccepted),
    refused: findings.filter((finding) => !isAccepted(finding)),
    unused: entries.filter((entry) => !findings.some((finding) => matches(entry, finding))),
  };
};
