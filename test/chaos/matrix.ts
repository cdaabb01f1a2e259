import { atCall, deaths } from "../../localstack/chaos/faults.ts";
import { type Call, isWrite } from "../../localstack/chaos/call.ts";

/** Which call of a process: the one number `nth`, from 0, of its kind. */
export interface Place {
  readonly kind: string;
  readonly nth: number;
}

/**
 * Where a process is to meet with a fault: at the first and the last write of each kind, and at the first read, since
 * to die of a read is to die before the next write. A scan of sixteen shards is one place sixteen times.
 */
export const placesIn = (calls: readonly Call[]): readonly Place[] =>
  [...Map.groupBy(calls, ({ kind }) => kind)].flatMap(([kind, same]) => {
    const chosen = same.every(isWrite) ? new Set([0, same.length - 1]) : [0];
    return [...chosen].map((nth) => ({ kind, nth }));
  });

export type Phase = keyof typeof deaths;
export const phases: readonly Phase[] = ["before it", "after it took effect, before the reply", "after the reply"];

export const deathAt = (place: Place, phase: Phase) => (kill: () => void) => atCall(place, deaths[phase](kill));

export const nameOf = ({ kind, nth }: Place): string => `call ${nth + 1} of ${kind}`;
