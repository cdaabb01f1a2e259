import { NotFoundError } from "../errors.ts";

/** The error of every operation on one run. */
export const runNotFound = (id: string): NotFoundError =>
  new NotFoundError({
    kind: "run",
    name: id,
    expected: "an id such as heartbeat:01J8Z… of a run that ended at most 30 days ago",
  });
