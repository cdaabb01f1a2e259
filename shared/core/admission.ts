import { hasEnded, type Run } from "./run.ts";

/** Who asks to work on a run: the message's generation, and a token made beforehand. */
export interface Claim {
  readonly id: string;
  readonly gen: number;
  readonly token: string;
  readonly now: number;
  /** End of the lease that is asked for. */
  readonly leaseUntil: number;
}

/** The one condition of a claim. The stores say it in their own words; this is what they must mean. */
export const admits = (run: Pick<Run, "gen" | "free">, claim: Pick<Claim, "gen" | "now">): boolean =>
  run.gen === claim.gen && run.free <= claim.now;

/** What a refused claim means for its message. */
export type Refusal =
  /** The write took effect and only its reply was lost: the run is ours. */
  | { readonly kind: "ours" }
  /** There is no row: the message is all there is of the run. */
  | { readonly kind: "unknown" }
  /** The run has ended, or gone on to a later generation: acknowledge. */
  | { readonly kind: "over" }
  /** It died of the attempt this message stands for, perhaps before its letter was sent: send it, acknowledge. */
  | { readonly kind: "letter" }
  /** Not due, or leased by another: hide the message until then. */
  | { readonly kind: "wait"; readonly until: number };

/** @param run the row as a consistent read gives it after the refusal */
export const readRefusal = (run: Run | undefined, claim: Claim): Refusal => {
  if (!run) return { kind: "unknown" };
  if (run.token === claim.token && run.state === "running") return { kind: "ours" };
  if (run.state === "dead" && run.gen === claim.gen + 1) return { kind: "letter" };
  if (run.gen !== claim.gen || (hasEnded(run.state) && run.state !== "dead")) return { kind: "over" };
  return { kind: "wait", until: Math.max(run.free, claim.now + 1_000) };
};
