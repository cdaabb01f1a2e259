import { decodeCursor, encodeCursor } from "../../core/cursor.ts";
import { rowAfter } from "../../core/runs/change.ts";
import { runNotFound } from "../../core/runs/not-found.ts";
import { retryDead } from "../../core/runs/requeue.ts";
import type { Run, RunIn } from "../../core/runs/run.ts";
import type { Changed, Ports } from "../../ports/index.ts";
import { type DeadFilter, deadPosition, deadRunPages } from "./dead-runs.ts";
import { sendRuns } from "./send-runs.ts";

type RetryPorts = Pick<Ports, "clock" | "queue" | "runs">;

export interface RetriedRun {
  /** `not-dead`: the run is in another state, for example because it was retried before. Nothing was changed. */
  readonly outcome: "retried" | "not-dead";
  /** The row afterwards. */
  readonly run: Run;
}

/**
 * Retry one dead run as its next generation, with all the attempts of its job. It runs at once: neither the overlap
 * policy nor a pause of its schedule applies.
 * @throws NotFoundError when there is no such run.
 */
export const retryRun = async (ports: RetryPorts, id: string): Promise<RetriedRun> => {
  const run = (await ports.runs.read([id])).get(id);
  if (!run) throw runNotFound(id);
  if (run.state !== "dead") return { outcome: "not-dead", run };
  const [retried] = await retryRows(ports, [run]);
  if (retried) return { outcome: "retried", run: retried };
  return { outcome: "not-dead", run: (await ports.runs.read([id])).get(id) ?? run };
};

export interface RetryFilter extends DeadFilter {
  /** Only runs whose reason contains this text. Case is ignored. */
  readonly reason?: string | undefined;
}

export interface RetriedRuns {
  readonly retried: number;
  /** The cursor to continue from, if there may be more. */
  readonly next: string | undefined;
}

const pageSize = 100;

/** How many dead runs one call examines, whether or not they match. */
const maxExamined = 2_000;

/**
 * Retry dead runs, up to a limit. Retried runs leave the index, so the same call may be repeated after any failure and
 * continues where the previous one stopped.
 * @throws DefinitionError when `after` is not the `next` of an earlier call.
 */
export const retryDeadRuns = async (
  ports: RetryPorts,
  filter: RetryFilter,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<RetriedRuns> => {
  const from = after === undefined ? undefined : decodeCursor(after, deadPosition);
  let [retried, examined] = [0, 0];
  for await (const { entries, start, next } of deadRunPages(ports.runs, filter, { from, pageSize })) {
    const rows = await ports.runs.read(entries.map(({ id }) => id));
    const wanted = [...rows.values()].filter(isDeadFor(filter));
    const room = limit - retried;
    retried += (await retryRows(ports, wanted.slice(0, room))).length;
    examined += entries.length;
    // Matching runs beyond the limit are still on this page.
    if (wanted.length > room) return { retried, next: encodeCursor(start) };
    if (retried >= limit || examined >= maxExamined) return { retried, next: encodeCursor(next) };
  }
  return { retried, next: undefined };
};

/** Whether a row matches the filter. Rows are checked because the index may be out of date. */
export const isDeadFor =
  ({ reason, fingerprint }: RetryFilter) =>
  (run: Run): run is RunIn<"dead"> =>
    run.state === "dead" &&
    (fingerprint === undefined || run.deadSort.startsWith(`${fingerprint}#`)) &&
    (reason === undefined || run.reason.toLowerCase().includes(reason.toLowerCase()));

/**
 * @returns the rows that this call retried, as they are now. The sweeper sends messages that could not be sent here.
 */
const retryRows = async (ports: RetryPorts, rows: readonly RunIn<"dead">[]): Promise<readonly Run[]> => {
  if (rows.length === 0) return [];
  const now = ports.clock.now();
  const wanted = rows.map((run) => ({ run, change: retryDead(run, now) }));
  const changed = await ports.runs.change(wanted.map(({ change }) => change));
  const retried = wanted.flatMap(({ run, change }, i) =>
    isRetried(changed[i], run, now) ? [rowAfter(run, change)] : [],
  );
  await sendRuns(ports, retried, { isPaced: false });
  return retried;
};

/**
 * Whether a row was retried by this call. A refusal by a row that became available at `now` is a lost reply to our
 * write.
 */
const isRetried = (written: Changed | undefined, { generation }: Run, now: number): boolean => {
  if (!written || written.changed) return written?.changed === true;
  return (
    written.now?.state === "queued" &&
    written.now.generation === generation &&
    written.now.availableAt === now
  );
};
