import type { ShownPolicy, ShownSchedule } from "../../shared/operations/schedules/schedule-view.ts";
import type { Style } from "../terminal/color.ts";
import type { Terminal } from "../terminal/io.ts";
import { type Fact, page, value } from "../terminal/page.ts";
import { printable } from "../terminal/printable.ts";
import { clock, relative, upcoming } from "../terminal/time.ts";
import { ruleOf } from "./changed-schedule.ts";

/** One schedule as a page: its job and rule, when it is due, and its policy. */
export const viewSchedule = (schedule: ShownSchedule, screen: Terminal): string => {
  const { paint } = screen;
  const title = `${paint("bold", schedule.name)}  ${paint(styles[schedule.state], schedule.state)}`;
  return page(title, factsOf(schedule, screen), screen);
};

const styles: Readonly<Record<ShownSchedule["state"], Style>> = {
  active: "green",
  paused: "yellow",
  new: "dim",
  deleted: "dim",
};

const factsOf = (schedule: ShownSchedule, screen: Terminal): readonly Fact[] => {
  const at = (instant: string | undefined) =>
    instant && `${clock(instant)}  ${relative(instant, screen.now)}`;
  const { dst, next, pauseReason, policy, source } = schedule;
  return [
    ["reason", pauseReason && printable(pauseReason)],
    ["resumes", at(schedule.pausedUntil)],
    ["job", schedule.job],
    ["lane", schedule.lane],
    ["rule", ruleOf(schedule)],
    ["dst", dst && `gap ${dst.gap}, overlap ${dst.overlap}`],
    ["start", at(schedule.start)],
    ["end", at(schedule.end)],
    ["next", next[0] && `${clock(next[0])}  ${upcoming(next, screen.now)}`],
    ["last sent", at(schedule.lastSentAt)],
    ["defined", source === "code" ? "in jobs/schedules.ts" : "at run time"],
    ...policyFacts(policy),
    ["input", value(schedule.input, screen)],
  ];
};

const policyFacts = (policy: ShownPolicy): readonly Fact[] => {
  const limit = policy.catchUp === "all" ? `, up to ${policy.catchUpLimit}` : "";
  const window = policy.catchUp === "none" ? "" : ` within ${policy.catchUpWindow}`;
  return [
    ["catch up", `${policy.catchUp}${window}${limit}`],
    ["overlap", policy.overlap],
    ["jitter", policy.jitter && `up to ${policy.jitter}`],
    [
      "auto-pause",
      policy.pauseAfterDeaths === undefined ? undefined : `after ${policy.pauseAfterDeaths} deaths in a row`,
    ],
    ["min interval", policy.minInterval],
  ];
};
