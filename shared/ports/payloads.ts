/**
 * Inputs and results that are too large for a run's row. A part is named after what cannot be forged: an input after
 * its hash, a result after the token of the attempt, so that nobody overwrites what another's row speaks of.
 */
export type PayloadPart = `input#${string}` | `result#${string}`;

export interface Payloads {
  save(runId: string, part: PayloadPart, text: string, ttl: number): Promise<void>;
  load(runId: string, part: PayloadPart): Promise<string | undefined>;
}
