import type { Clock, Ports } from "../../shared/ports.ts";
import type { Decisions } from "./decisions.ts";
import { isOutside } from "./faults.ts";

const forever = new Promise<never>(() => undefined);

/** A process that sees the outside until it is killed: from then on nothing it does happens. */
export interface Process {
  readonly ports: Ports;
  isDead(): boolean;
  kill(): void;
}

export interface ProcessOptions {
  readonly decisions: Decisions;
  /** `worker`, `dispatcher`, … */
  readonly kind: string;
  /** The probability that it is killed at one of its first calls. */
  readonly killRate: number;
  /** How far its clock may be off, in milliseconds, either way. */
  readonly skewMs: number;
}

const firstCalls = 20;

/** A process with a clock of its own, killed before or after one of its calls if chance wants it. */
export const createProcess = (ports: Ports, options: ProcessOptions): Process => {
  const { decisions, kind, killRate, skewMs } = options;
  const isToDie = killRate > 0 && decisions.happens(`${kind} killed`, killRate);
  const deathAt = isToDie ? Math.floor(decisions.unit(`${kind} killed at`) * firstCalls) : -1;
  const isAfter = isToDie && decisions.unit(`${kind} killed after`) < 0.5;
  const offset = skewMs === 0 ? 0 : Math.round((decisions.unit(`${kind} skew`) * 2 - 1) * skewMs);
  let calls = 0;
  let isDead = false;
  const through = async (act: () => Promise<unknown>): Promise<unknown> => {
    if (isDead) return await forever;
    const isLast = calls++ === deathAt;
    if (isLast) isDead = true;
    if (isLast && !isAfter) return await forever;
    const answer = await act().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if (isDead) return await forever;
    if ("error" in answer) throw answer.error;
    return answer.value;
  };
  return {
    ports: { ...ports, ...mortal(ports, through), clock: clockOf(ports.clock, offset, () => isDead) },
    isDead: () => isDead,
    kill: () => {
      isDead = true;
    },
  };
};

const mortal = (ports: Ports, through: (act: () => Promise<unknown>) => Promise<unknown>): Partial<Ports> =>
  Object.fromEntries(
    Object.entries(ports).flatMap(([name, port]: [string, unknown]) =>
      isOutside(name, port) ? [[name, mortalPort(port, through)]] : [],
    ),
  );

const mortalPort = (port: object, through: (act: () => Promise<unknown>) => Promise<unknown>): object =>
  new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]) => through(async () => await Reflect.apply(member, target, args));
    },
  });

/** A dead process wakes no more. */
const clockOf = (clock: Clock, offset: number, isDead: () => boolean): Clock => ({
  now: () => clock.now() + offset,
  sleep: async (ms, signal) => {
    await clock.sleep(ms, signal);
    if (isDead()) await forever;
  },
});
