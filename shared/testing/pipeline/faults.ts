import { describeValue } from "../../core/describe-value.ts";
import { durationMs } from "../../core/duration.ts";
import { DefinitionError } from "../../core/errors.ts";
import type { Clock } from "../../ports/index.ts";
import type { Fault, FaultName, FaultOf, LastingFaultName, RunFaultName } from "./fault.ts";

/** The faults of one pipeline. */
export interface Faults {
  inject(fault: Fault): void;
  /** The fault that happens to a run of a job now. Each call uses up one of its times. */
  take<Name extends RunFaultName>(
    name: Name,
    job: string | undefined,
    isMeant?: (fault: FaultOf<Name>) => boolean,
  ): FaultOf<Name> | undefined;
  /** The fault of this name that lasts now. */
  lasting<Name extends LastingFaultName>(name: Name): FaultOf<Name> | undefined;
}

interface Injected {
  readonly fault: Fault;
  /** How often it may still happen. */
  left: number;
  /** When it is over, in milliseconds since 1970. */
  readonly until: number;
}

export const createFaults = (clock: Clock): Faults => {
  const injected: Injected[] = [];
  const isNamed = <Name extends FaultName>(fault: Fault, name: Name): fault is FaultOf<Name> =>
    fault.fault === name;
  return {
    inject: (fault) => {
      checkFault(fault);
      const until = "for" in fault ? clock.now() + durationMs(fault.for, "for") : Number.POSITIVE_INFINITY;
      injected.push({ fault, until, left: "times" in fault ? (fault.times ?? 1) : 1 });
    },
    take: (name, job, isMeant = () => true) => {
      for (const one of injected) {
        const { fault, left } = one;
        if (left === 0 || !isNamed(fault, name) || !isMeant(fault)) continue;
        if ("job" in fault && fault.job && fault.job.name !== job) continue;
        one.left--;
        return fault;
      }
      return undefined;
    },
    lasting: (name) => {
      for (const { fault, until } of injected) if (isNamed(fault, name) && clock.now() < until) return fault;
      return undefined;
    },
  };
};

const faultNames: Readonly<Record<FaultName, "run" | "lasting">> = {
  "message-delivered-twice": "run",
  "worker-killed": "run",
  "outcome-not-written": "run",
  "outcome-reply-lost": "run",
  "store-throttled": "lasting",
  "queue-down": "lasting",
  "dispatcher-down": "lasting",
  "clock-skewed": "lasting",
};

/** @throws DefinitionError when there is no such fault, or when it could never happen */
const checkFault = (fault: Fault): void => {
  if (!Object.hasOwn(faultNames, fault.fault)) {
    throw new DefinitionError("fault", {
      expected: `one of ${Object.keys(faultNames).join(", ")}`,
      got: describeValue(fault.fault),
    });
  }
  if ("times" in fault && fault.times !== undefined && !(Number.isInteger(fault.times) && fault.times > 0)) {
    throw new DefinitionError("times", {
      expected: "a whole number from 1",
      got: describeValue(fault.times),
    });
  }
};
