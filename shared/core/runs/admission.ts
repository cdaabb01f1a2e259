import type { Change } from "./change.ts";
import { isTerminal, type Run } from "./run.ts";

/** A worker's request to run: the message's generation, and a token made beforehand. */
export interface Claim {
  readonly id: string;
  readonly generation: number;
  readonly token: string;
  readonly now: number;
  /** End of the lease that is asked for. */
  readonly leaseUntil: number;
  /** The execution environment that asks. */
  readonly worker?: string | undefined;
}

/** The one condition of a claim. Each store expresses it in its own terms; this is what it must mean. */
export const admits = (
  run: Pick<Run, "generation" | "availableAt">,
  claim: Pick<Claim, "generation" | "now">,
): boolean => run.generation === claim.generation && run.availableAt <= claim.now;

/** What a refused claim means for its message. */
export type Refusal =
  /** The write took effect and only its reply was lost: the run is ours. */
  | { readonly kind: "ours" }
  /** There is no row: the message is all there is of the run. */
  | { readonly kind: "unknown" }
  /** The run has ended, or has a later generation: acknowledge. */
  | { readonly kind: "ended" }
  /** It died in the attempt that this message asks for, perhaps before its dead letter was sent: send it, then acknowledge. */
  | { readonly kind: "death" }
  /** Not due, or leased by another: hide the message until then. */
  | { readonly kind: "wait"; readonly until: number };

/** @param run the row as a consistent read gives it after the refusal */
export const readRefusal = (run: Run | undefined, claim: Claim): Refusal => {
  if (!run) return { kind: "unknown" };
  if (run.token === claim.token && run.state === "running") return { kind: "ours" };
  if (run.state === "dead" && run.generation === claim.generation + 1) return { kind: "death" };
  if (run.generation !== claim.generation || (isTerminal(run.state) && run.state !== "dead"))
    return { kind: "ended" };
  return { kind: "wait", until: Math.max(run.availableAt, claim.now + 1_000) };
};

/** What a refused settle means: whether its write took effect, and if not, whether it may be tried again. */
export type SettleRefusal = "written" | "not-written" | "lease-lost";

/**
 * Our own token on a row that is still running means that the outcome is not written yet. On a row in the state that
 * was to be written it means that only the reply was lost; a run that we parked may have been sent since.
 * @param row the row as a consistent read gives it after the refusal
 */
export const readSettle = (
  row: Run | undefined,
  { set }: Pick<Change, "set">,
  token: string,
): SettleRefusal => {
  if (row?.token !== token) return "lease-lost";
  if (row.state === "running") return "not-written";
  const isWritten = row.state === set.state || (set.state === "parked" && row.state === "queued");
  return isWritten ? "written" : "lease-lost";
};
