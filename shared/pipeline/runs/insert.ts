import type { Run } from "../../core/runs/run.ts";
import type { Created } from "../../ports/index.ts";

/** The row that stands after an insert: the wanted one, the one that was there before, or why there is none. */
export const rowAfterInsert = (wanted: Run, created: Created | undefined): Run | Error => {
  if (created?.created) return wanted;
  if (created && "existing" in created) return created.existing;
  return new Error(created?.failed ?? `run "${wanted.id}": no answer to its insert`);
};
