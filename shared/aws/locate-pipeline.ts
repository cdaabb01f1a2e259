/** Where a pipeline is found, and what selected it. */
export type Location =
  /** The `MILLRACE_*` variables describe it completely. */
  | { readonly kind: "environment"; readonly stage: string | undefined; readonly chosenBy: ChosenBy }
  /** The variables that `millrace dev` has written describe it. */
  | { readonly kind: "local"; readonly stage: string; readonly chosenBy: ChosenBy; readonly env: Variables }
  /** It is looked up by the names of its queues, in the account and region of the AWS variables. */
  | { readonly kind: "stage"; readonly stage: string; readonly chosenBy: ChosenBy };

export type ChosenBy = "--stage" | "MILLRACE_STAGE" | ".millrace/env";

export interface Variables {
  readonly MILLRACE_STAGE?: string | undefined;
  readonly MILLRACE_RUNS_TABLE?: string | undefined;
  readonly [name: string]: string | undefined;
}

export interface LocateContext {
  /** The stage from the command line. */
  readonly stage?: string | undefined;
  readonly env: Variables;
  /** The variables that `millrace dev` has written to `.millrace/env`, while it is running. */
  readonly local?: Variables | undefined;
}

/**
 * Select the pipeline. The stage comes from the command line, else from the environment, else from `.millrace/env`. A
 * stage that the environment or `.millrace/env` describes completely is not looked up.
 * @returns undefined when none of them names a stage.
 */
export const locatePipeline = ({ stage, env, local }: LocateContext): Location | undefined => {
  const { MILLRACE_STAGE, MILLRACE_RUNS_TABLE } = env;
  const wanted = stage ?? (MILLRACE_STAGE || undefined);
  const chosenBy = stage === undefined ? "MILLRACE_STAGE" : "--stage";
  const isInEnvironment = MILLRACE_RUNS_TABLE !== undefined && (stage ?? MILLRACE_STAGE) === MILLRACE_STAGE;
  if (isInEnvironment) return { kind: "environment", stage: MILLRACE_STAGE, chosenBy };
  const localStage = local?.MILLRACE_STAGE;
  if (local && localStage !== undefined && (wanted ?? localStage) === localStage) {
    const by = wanted === undefined ? ".millrace/env" : chosenBy;
    return { kind: "local", stage: localStage, chosenBy: by, env: local };
  }
  return wanted === undefined ? undefined : { kind: "stage", stage: wanted, chosenBy };
};

/** The pipeline that `millrace dev` runs here, if the environment has selected another one. */
export const passedOver = (chosen: Location, local: Variables | undefined): string | undefined =>
  chosen.chosenBy === "MILLRACE_STAGE" && local?.MILLRACE_STAGE !== chosen.stage
    ? local?.MILLRACE_STAGE
    : undefined;
