import { readdirSync, readFileSync } from "node:fs";

/** The descendants of a process, read from Linux's /proc. */
export const descendantsOf = (ancestor: number): readonly number[] => {
  const children = readdirSync("/proc")
    .filter((name) => parentOf(name) === ancestor)
    .map(Number);
  return [...children, ...children.flatMap(descendantsOf)];
};

export const isRunning = (pid: number): boolean => stateOf(String(pid)) !== undefined;

/** The command line of a process, and "" if it has ended. */
export const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
};

const parentOf = (pid: string): number | undefined => stateOf(pid)?.parent;

/** Undefined for a zombie, which has ended but has not been reaped by its parent. */
const stateOf = (pid: string): { readonly parent: number } | undefined => {
  if (!/^\d+$/.test(pid)) return undefined;
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" ? undefined : { parent: Number(parent) };
  } catch {
    return undefined;
  }
};
