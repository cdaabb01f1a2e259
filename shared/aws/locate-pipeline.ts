/** Where a pipeline is to be found, and what said so. */
export type Location =
  /** The variables `MILLRACE_*` describe it whole. */
  | { readonly kind: "environment"; readonly stage: string | undefined; readonly chosenBy: ChosenBy }
  /** Those that `npm start` has written describe it. */
  | { readonly kind: "local"; readonly stage: string; readonly chosenBy: ChosenBy; readonly env: Variables }
  /** By the names of its queues, in the account and region of AWS's own variables. */
  | { readonly kind: "stage"; readonly stage: string; readonly chosenBy: ChosenBy };

export type ChosenBy = "--stage" | "MILLRACE_STAGE" | ".millrace/env";

export interface Variables {
  readonly MILLRACE_STAGE?: string | undefined;
  readonly MILLRACE_RUNS_TABLE?: string | undefined;
  readonly [name: string]: string | undefined;
}

export interface LocateContext {
  /** Of the command line. */
  readonly stage?: string | undefined;
  readonly env: Variables;
  /** What `npm start` has written to `.millrace/env`, while it runs. */
  readonly local?: Variables | undefined;
}

/**
 * Which pipeline is meant. The stage is that of the command line, else that of the environment, else that of
 * `.millrace/env`. Wherever a stage is described whole, in the environment or in `.millrace/env`, it is not looked up.
 * @returns undefined when nothing names one.
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

/** The pipeline that `npm start` runs here, when the environment has named another one. */
export const passedOver = (chosen: Location, local: Variables | undefined): string | undefined =>
  chosen.chosenBy === "MILLRACE_STAGE" && local?.MILLRACE_STAGE !== chosen.stage
    ? local?.MILLRACE_STAGE
    : undefined;
