import { push } from "../core/change.ts";
import type { LaneName } from "../core/lane.ts";
import { messageFor } from "../core/message.ts";
import { type Repair, repair } from "../core/repair.ts";
import type { Run } from "../core/run.ts";
import type { Ports } from "../ports.ts";
import { endRun, isEnded, repeatEndEffects, stopWatching } from "./runs/end-run.ts";
import type { Sweep } from "./sweep.ts";
import { minuteOf } from "./tally.ts";

const fewHints = 10;

/** What gets no hint for want of budget makes room at the head of its list. */
const laterMs = 60_000;

/**
 * How many hints each lane may get in this sweep: any number when it is empty, else a tenth of what it claims in a
 * minute, since in a backlog most messages are not lost but late.
 */
export const hintBudgets = async ({ ports, now, depths }: Sweep): Promise<Map<LaneName, number>> => {
  const counts = await ports.metrics.read(minuteOf(now) - 1);
  return new Map(
    [...depths].map(([lane, { visible }]) => {
      const claimed = counts.get(lane)?.claimed ?? 0;
      return [lane, visible === 0 ? Number.POSITIVE_INFINITY : Math.max(fewHints, Math.floor(claimed / 10))];
    }),
  );
};

/** Repair some runs of the due index, each by itself. Sends come before the writes that record them. */
export const repairAll = async (
  { ports, now }: Sweep,
  ids: readonly string[],
  budgets: Map<LaneName, number>,
): Promise<{ readonly hinted: number; readonly ended: number }> => {
  const rows = [...(await ports.runs.read(ids)).values()].filter(({ dueKey }) =>
    dueKey?.startsWith("sweep#"),
  );
  const needs = rows.map((run) => ({ run, repair: repair(run, now) }));
  const wanted = needs.filter(({ repair: { kind } }) => kind === "hint");
  const hints = wanted.filter(({ run }) => spend(budgets, run.lane));
  const later = wanted.filter((need) => !hints.includes(need)).map(({ run }) => push(run, now + laterMs));
  const sent = await sendHints(
    ports,
    hints.map(({ run }) => run),
    now,
  );
  await ports.runs.change(sent.flatMap((run) => afterHint(run, repair(run, now))));
  await ports.runs.change([
    ...later,
    ...needs.flatMap(({ run, repair }) => (repair.kind === "look" ? [push(run, repair.at)] : [])),
  ]);
  const ended = await Promise.all(needs.map(({ run, repair }) => finish(ports, run, repair)));
  return { hinted: sent.length, ended: ended.filter(Boolean).length };
};

const spend = (budgets: Map<LaneName, number>, lane: LaneName): boolean => {
  const left = budgets.get(lane) ?? 0;
  budgets.set(lane, left - 1);
  return left > 0;
};

const sendHints = async ({ queue }: Ports, runs: readonly Run[], now: number): Promise<readonly Run[]> => {
  const problems = await queue.send(
    runs.map((run) => ({ lane: run.lane, body: messageFor(run, now), delaySeconds: 0, tenant: run.tenant })),
  );
  return runs.filter((_, i) => problems[i] === undefined);
};

const afterHint = (run: Run, repair: Repair) =>
  repair.kind === "hint" ? [push(run, repair.again, { resends: run.resends + 1 })] : [];

/** Whether the run was ended here. */
const finish = async (ports: Ports, run: Run, repair: Repair): Promise<boolean> => {
  if (repair.kind === "leave" && isEnded(run) && (await repeatEndEffects(ports, run)))
    await stopWatching(ports, run);
  if (repair.kind !== "end") return false;
  const { as: kind, reason } = repair;
  return await endRun(ports, run, { verdict: { kind, reason }, endedBy: "sweeper" });
};
