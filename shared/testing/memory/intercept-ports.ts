import type { Ports } from "../../ports/index.ts";

/** The ports whose requests may fail: the queue, and the store behind all the others. */
export const portNames = [
  "queue",
  "runs",
  "payloads",
  "attempts",
  "metrics",
  "schedules",
  "ledger",
  "notes",
  "watermarks",
  "jobNames",
] as const satisfies readonly (keyof Ports)[];
export type PortName = (typeof portNames)[number];

/** One request to a port. */
export interface PortCall {
  readonly port: PortName;
  readonly method: string;
  readonly args: readonly unknown[];
  /** Make the request. */
  readonly act: () => Promise<unknown>;
}

/** Ports whose requests go through `intercept`, whatever methods they have. */
export const interceptPorts = (ports: Ports, intercept: (call: PortCall) => Promise<unknown>): Ports => {
  const wrap = <Port extends object>(port: Port, name: PortName): Port =>
    new Proxy(port, {
      get: (target, key) => {
        const member = Reflect.get(target, key);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          const act = async () => await Reflect.apply(member, target, args);
          return intercept({ port: name, method: String(key), args, act });
        };
      },
    });
  const intercepted = { ...ports };
  for (const name of portNames)
    if (ports[name]) Object.assign(intercepted, { [name]: wrap(ports[name], name) });
  return intercepted;
};
