import { setTimeout as wait } from "node:timers/promises";

/** Waits for a condition by polling. The test's own timeout is the limit. */
export const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await wait(20);
};
