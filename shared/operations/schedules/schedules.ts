import * as z from "zod";
import { findSchedule } from "../../pipeline/schedules/change-row.ts";
import { defineOperation } from "../operation.ts";
import { type ShownSchedule, shownNew, shownRow } from "./schedule-view.ts";

const count = z.int().min(1).max(50).default(2);

export interface ListedSchedules {
  readonly schedules: readonly ShownSchedule[];
}

export const scheduleList = defineOperation({
  name: "schedules.list",
  description: "List schedules with the next times they are due.",
  readOnly: true,
  input: z.object({ count }),
  async run({ count }, context): Promise<ListedSchedules> {
    const rows = await context.ports.schedules.all();
    const there = rows.filter(({ state }) => state !== "deleted");
    const stored = new Set(there.map(({ name }) => name));
    const fresh = [...context.registry.schedules.values()].filter(({ name }) => !stored.has(name));
    const schedules = [
      ...there.map((row) => shownRow(row, context, count)),
      ...fresh.map((schedule) => shownNew(schedule, context, count)),
    ];
    return { schedules: schedules.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  },
});

export const scheduleShow = defineOperation({
  name: "schedules.show",
  description: "Show one schedule with its rule, its policy, its input and the next times it is due.",
  readOnly: true,
  input: z.object({ name: z.string(), count }),
  async run({ name, count }, context): Promise<ShownSchedule> {
    const row = (await context.ports.schedules.read([name])).get(name);
    const fresh = context.registry.schedules.get(name);
    if (fresh && (!row || row.state === "deleted")) return shownNew(fresh, context, count);
    return shownRow(await findSchedule(context, name), context, count);
  },
});
