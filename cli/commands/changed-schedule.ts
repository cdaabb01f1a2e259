import type { ScheduleCreated } from "../../shared/operations/schedules/define-schedule.ts";
import type { ShownSkippedRange } from "../../shared/operations/schedules/schedule-change.ts";
import type { ShownSchedule } from "../../shared/operations/schedules/schedule-view.ts";
import type { Terminal } from "../terminal/io.ts";
import { printable } from "../terminal/printable.ts";
import { clock, relative, upcoming } from "../terminal/time.ts";

/** Says what was done to a schedule, when it is due next, and which occurrences the change skipped. */
export const viewChanged =
  (done: string) =>
  ({ schedule, skipped, run }: ScheduleCreated, screen: Terminal): string =>
    [
      `${done} ${screen.paint("bold", schedule.name)}: ${schedule.job}, ${printable(ruleOf(schedule))}.`,
      ...(run === undefined
        ? []
        : [`Enqueued ${screen.paint("bold", run)} now, because its last occurrence is past.`]),
      ...nextLines(schedule, screen),
      ...skipped.map(skippedLine),
    ].join("\n");

/** Returns the rule with its zone, unless the rule already names the zone. */
export const ruleOf = ({ rule, zone }: Pick<ShownSchedule, "rule" | "zone">): string =>
  zone === undefined || rule.includes(zone) ? rule : `${rule} ${zone}`;

/** Says when the schedule is due next, or why it is not. */
export const nextLines = (schedule: ShownSchedule, { now }: Pick<Terminal, "now">): string[] => {
  const { name, state, next, pauseReason = "", pausedUntil } = schedule;
  if (state === "deleted") return ["It has no further occurrences; the name can be reused."];
  const paused = `Paused (${printable(pauseReason)}) until`;
  if (state === "paused" && pausedUntil === undefined) return [`${paused} \`schedules resume ${name}\`.`];
  return [
    ...(pausedUntil === undefined ? [] : [`${paused} ${clock(pausedUntil)}, ${relative(pausedUntil, now)}.`]),
    next[0] === undefined
      ? "It has no further occurrences."
      : `Next: ${clock(next[0])}, ${upcoming(next, now)}.`,
  ];
};

const skippedLine = ({ from, to, count, reason }: ShownSkippedRange): string =>
  count === 1
    ? `Skipped ${clock(from)} (${printable(reason)}).`
    : `Skipped ${count} occurrences, ${clock(from)} to ${clock(to)} (${printable(reason)}).`;
