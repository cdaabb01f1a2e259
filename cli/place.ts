import { CliError } from "./problem.ts";

/** Where a pipeline is: said by the environment, running on this machine, or to be found by its stage's names. */
export type Place =
  | { readonly kind: "environment" }
  | { readonly kind: "local" }
  | { readonly kind: "stage"; readonly stage: string };

export interface Circumstances {
  /** Of the command line. */
  readonly stage?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Whether `npm start` has left word where its pipeline is. */
  readonly isLocalRunning: boolean;
}

/** @throws Error when nothing says which pipeline is meant. */
export const placeOf = ({ stage, env, isLocalRunning }: Circumstances): Place => {
  const { MILLRACE_STAGE, MILLRACE_RUNS_TABLE } = env;
  const isInEnvironment = MILLRACE_RUNS_TABLE !== undefined;
  if (isInEnvironment && (stage === undefined || stage === MILLRACE_STAGE)) return { kind: "environment" };
  if (stage !== undefined) return { kind: "stage", stage };
  if (isLocalRunning) return { kind: "local" };
  if (MILLRACE_STAGE) return { kind: "stage", stage: MILLRACE_STAGE };
  throw new CliError(
    "no-pipeline",
    "no pipeline runs here: start one with npm start, or name a deployed one with --stage",
  );
};
