import type { Registry } from "../../core/jobs/registry.ts";
import { firstAt } from "../../core/schedules/plan.ts";
import { replaceRow, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { reconcile } from "../../pipeline/dispatcher/reconcile.ts";
import type { Ports } from "../../ports/index.ts";

/**
 * Create the schedules of the code, as a first deployment does. An occurrence at this very instant is before it: so an
 * hour has one occurrence of a schedule of every hour, whether a test starts at the full hour or not.
 */
export const deploy = async (ports: Ports, registry: Registry): Promise<void> => {
  await reconcile(ports, registry);
  const now = ports.clock.now();
  const atStart = (await ports.schedules.all()).filter(({ nextFireAt }) => nextFireAt === now);
  await ports.schedules.change(atStart.map((row) => replaceRow(row, afterStart(row, registry, now))));
};

const afterStart = (row: ScheduleRow, { schedules }: Registry, now: number): ScheduleRow => {
  const rule = schedules.get(row.name)?.rule;
  return { ...row, nextFireAt: rule && firstAt(rule, now + 1) };
};
