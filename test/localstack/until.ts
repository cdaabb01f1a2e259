import { setTimeout as wait } from "node:timers/promises";

/** Waits for a condition, asking again and again; the test's own timeout bounds it. */
export const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await wait(20);
};
