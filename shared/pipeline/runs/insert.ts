import type { Run } from "../../core/runs/run.ts";
import type { Created } from "../../ports/index.ts";

/** The row after an insert: the new one, the one that existed before, or the error why there is none. */
export const rowAfterInsert = (wanted: Run, created: Created | undefined): Run | Error => {
  if (created?.created) return wanted;
  if (created && "existing" in created) return created.existing;
  return new Error(created?.failed ?? `run "${wanted.id}": the store did not answer its insert`);
};
