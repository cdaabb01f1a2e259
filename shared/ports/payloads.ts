/**
 * The name of an input or result that is too large for a run's row. It has the hash of the input, or the token of the
 * attempt, so that no writer overwrites a payload to which another row refers.
 */
export type PayloadPart = `input#${string}` | `result#${string}`;

export interface Payloads {
  save(runId: string, part: PayloadPart, text: string, ttl: number): Promise<void>;
  load(runId: string, part: PayloadPart): Promise<string | undefined>;
}
