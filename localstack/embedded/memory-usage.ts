import { readFileSync } from "node:fs";

/** Resident memory of a process, in megabytes. 0 except on Linux: elsewhere only V8's own heap limit applies. */
export const residentMb = (pid: number): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
};
