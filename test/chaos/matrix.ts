import { type Call, isWrite } from "../../localstack/chaos/call.ts";
import { atCall, crashPoints, type FaultOf } from "../../localstack/chaos/faults.ts";

/** Identifies a call of a process: number `nth`, from 0, of its kind. */
export interface CallPosition {
  readonly kind: string;
  readonly nth: number;
}

/** The first and the last write of each kind. */
export const writesIn = (calls: readonly Call[]): readonly CallPosition[] =>
  placesOf(calls.filter(isWrite), (count) => [...new Set([0, count - 1])]);

/** The first read of each kind: sixteen queries, one per shard, are of one kind. */
const readsIn = (calls: readonly Call[]): readonly CallPosition[] =>
  placesOf(
    calls.filter((call) => !isWrite(call)),
    () => [0],
  );

const placesOf = (
  calls: readonly Call[],
  choose: (count: number) => readonly number[],
): readonly CallPosition[] =>
  [...Map.groupBy(calls, ({ kind }) => kind)].flatMap(([kind, same]) =>
    choose(same.length).map((nth) => ({ kind, nth })),
  );

/** When and at which call a process is killed. */
export interface CrashPoint extends CallPosition {
  readonly name: string;
  readonly phase: keyof typeof crashPoints;
}

/** All crash points that differ: a read has no effect, so a crash after it equals a crash before the next write. */
export const crashPointsIn = (calls: readonly Call[]): readonly CrashPoint[] => [
  ...writesIn(calls).flatMap((place) => phases.map((phase) => crashPoint(place, phase))),
  ...readsIn(calls).map((place) => crashPoint(place, "before it")),
];

const phases = ["before it", "after it took effect, before the reply", "after the reply"] as const;

const crashPoint = (place: CallPosition, phase: CrashPoint["phase"]): CrashPoint => ({
  ...place,
  phase,
  name: `killed ${phase}: ${nameOf(place)}`,
});

export const crashAt =
  (death: CrashPoint) =>
  ({ kill }: { kill(): void }): FaultOf =>
    atCall(death, crashPoints[death.phase](kill));

export const nameOf = ({ kind, nth }: CallPosition): string => `call ${nth + 1} of ${kind}`;
