import { type LaneName, laneNames } from "../../core/lane.ts";
import { countsAgainstBudget, postponed, type Rescue, rescue } from "../../core/runs/rescue.ts";
import type { Run } from "../../core/runs/run.ts";
import { postponeCheck } from "../../core/runs/watch.ts";
import type { Ports } from "../../ports/index.ts";
import { isEnded } from "../runs/end-effects.ts";
import { endRun, repeatEndEffects, stopWatching } from "../runs/end-run.ts";
import { outgoingMessage } from "../runs/outgoing-message.ts";
import { minuteOf } from "../worker/metrics-counter.ts";
import type { Sweep } from "./context.ts";

const fewResends = 10;

/**
 * How many messages each lane may be resent in this sweep: any number when it is empty, else a tenth of what it claims
 * in a minute, since in a backlog most messages are late and not lost. A lane whose metrics cannot be read counts as
 * one with a backlog and no claims.
 */
export const resendBudgets = async ({ ports, now, depths }: Sweep): Promise<Map<LaneName, number>> => {
  const counts = await ports.metrics.read(minuteOf(now) - 1).catch((error: unknown) => {
    ports.log.warn("metrics of the last minute not read; few messages are resent", { error });
    return new Map();
  });
  return new Map(
    laneNames.map((lane) => {
      const claimed = counts.get(lane)?.claimed ?? 0;
      const isEmpty = depths.get(lane)?.visible === 0;
      return [lane, isEmpty ? Number.POSITIVE_INFINITY : Math.max(fewResends, Math.floor(claimed / 10))];
    }),
  );
};

interface Need {
  readonly run: Run;
  readonly rescue: Rescue;
}

/** Rescue some runs of the timer index, each on its own. Messages are sent before the writes that record them. */
export const rescueAll = async (
  { ports, now }: Sweep,
  ids: readonly string[],
  budgets: Map<LaneName, number>,
): Promise<{ readonly resent: number; readonly ended: number }> => {
  const rows = [...(await ports.runs.read(ids)).values()];
  const watched = rows.filter(({ timerKey }) => timerKey?.startsWith("sweep#"));
  const needs = watched.map((run): Need => ({ run, rescue: rescue(run, now) }));
  const due = needs.filter(({ rescue: { kind } }) => kind === "resend");
  const within = due.filter(({ run }) => !countsAgainstBudget(run) || takeFromBudget(budgets, run.lane));
  const sent = await resend(ports, within, now);
  await ports.runs.change(sent.flatMap(afterResend));
  await ports.runs.change([
    ...due.filter((need) => !within.includes(need)).map(({ run }) => postponeCheck(run, postponed(run, now))),
    ...needs.flatMap(({ run, rescue }) =>
      rescue.kind === "check-later" ? [postponeCheck(run, rescue.at)] : [],
    ),
  ]);
  const ended = await Promise.all(needs.map((need) => finish(ports, need)));
  return { resent: sent.length, ended: ended.filter(Boolean).length };
};

const takeFromBudget = (budgets: Map<LaneName, number>, lane: LaneName): boolean => {
  const left = budgets.get(lane) ?? 0;
  budgets.set(lane, left - 1);
  return left > 0;
};

/** Send the messages of runs again. Answers the runs that were sent. */
const resend = async ({ queue }: Ports, needs: readonly Need[], now: number): Promise<readonly Need[]> => {
  const problems = await queue.send(needs.map(({ run }) => outgoingMessage(run, now)));
  return needs.filter((_, i) => problems[i] === undefined);
};

const afterResend = ({ run, rescue }: Need) =>
  rescue.kind === "resend" ? [postponeCheck(run, rescue.again, { resendCount: run.resendCount + 1 })] : [];

/** End a run, or finish the effects of its end. Answers whether this call ended the run. */
const finish = async (ports: Ports, { run, rescue }: Need): Promise<boolean> => {
  if (rescue.kind === "keep" && isEnded(run) && (await repeatEndEffects(ports, run)))
    await stopWatching(ports, run);
  if (rescue.kind !== "end") return false;
  const { as: kind, reason } = rescue;
  return await endRun(ports, run, { verdict: { kind, reason }, endedBy: "sweeper" });
};
