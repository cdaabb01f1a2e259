import { describe, expect, test } from "@jest/globals";
import { parseRule } from "../../../../shared/core/rules/cron/parse-rule.ts";
import { messageOf } from "./take.ts";

const refusal = (text: string, zone?: string) =>
  messageOf(() => parseRule(text, zone)).replace("DefinitionError: ", "");

/** What each message ends with: what to write instead. */
describe("a form of another scheduler is refused with what to write here", () => {
  test.each([
    ["0 3 * * * root /usr/bin/backup", "write 0 3 * * *"],
    ["0 3 * * * /usr/bin/backup --all", "write 0 3 * * *"],
    ["*/5 9-17 * * MON-FRI ~/sync.sh", "write */5 9-17 * * MON-FRI"],
    ["0 10 ? * MON-FRI *", "write the AWS dialect as cron(0 10 ? * MON-FRI *)"],
    ["0 9 * * * Europe/Madrid", '"0 9 * * *" --zone Europe/Madrid on the command line'],
    ["0 0 9 * * * UTC", '"0 0 9 * * *" --zone UTC on the command line'],
    ["@every 5m", "write every 5 minutes"],
    ["@every 1h30m", "write every 90 minutes"],
    ["@every 90s", "write every 90 seconds"],
    ["@every 2H", "write every 2 hours"],
    ["@every 3600s", "write every 1 hour"],
    ["@every now and then", "write every 5 minutes"],
    ["@reboot", "enqueue the job when you deploy, or write an instant such as at 2027-01-01T00:00:00Z"],
    ["H * * * *", 'write a value such as 17, and spread many schedules by jitter: "10 minutes"'],
    ["0 H(0-7) * * *", 'write a value such as 17, and spread many schedules by jitter: "10 minutes"'],
    ["rate(30 seconds)", "write every 30 seconds"],
    ["rate(1 second)", "write every 1 second"],
    ["rate(5 minute)", "write rate(5 minutes)"],
    ["rate(1 minutes)", "write rate(1 minute)"],
    ["RATE(1 HOURS)", "write rate(1 hour)"],
    ["at(tomorrow)", "write at 2027-01-01T00:00:00Z"],
    ["CRON_TZ=Asia/Tokyo 0 9 * * *", '"0 9 * * *" --zone Asia/Tokyo on the command line'],
    ["hourly", "write @hourly"],
    ["PT5M", "write every 5 minutes"],
    ["pt2h", "write every 2 hours"],
    ["P1D", "write every 1 day"],
    ["P2W", "write every 2 weeks"],
    ["1S", "write every 1 second"],
    ["15m", "write every 15 minutes"],
    ["every 5m", "write every 5 minutes"],
  ])("%s", (text, remedy) => {
    expect(refusal(text).endsWith(remedy)).toBe(true);
  });

  test.each([
    ["0 15 10 ? * 6L", "write 0 15 10 * * FRIL; Quartz counts SUN as 1, here it is 0, so name the days"],
    ["0 15 10 ? * 6#3", "write 0 15 10 * * FRI#3; Quartz counts SUN as 1, here it is 0, so name the days"],
    ["0 0 12 ? * 2-6", "write 0 0 12 * * MON-FRI; Quartz counts SUN as 1, here it is 0, so name the days"],
    ["0 0 12 ? * MON-FRI", "write 0 0 12 * * MON-FRI"],
    ["0 12 * * ?", "write 0 12 * * *"],
    ["0 0 12 1/5 * ? 2027", "write 0 0 12 1/5 * * 2027"],
    [
      "0 0 12 ? * 1,7 *",
      "write 0 0 12 * * SUN,SAT *; Quartz counts SUN as 1, here it is 0, so name the days",
    ],
  ])("%s of Quartz", (text, remedy) => {
    expect(refusal(text).endsWith(remedy)).toBe(true);
    const written = /write ([^;]+)/.exec(remedy)?.[1] ?? "";
    expect(() => parseRule(written)).not.toThrow();
  });

  test.each([
    ["2027-07-01T09:00:00", "Europe/Madrid", "at 2027-07-01T09:00:00+02:00"],
    ["2027-01-01T09:00:00", "America/New_York", "at 2027-01-01T09:00:00-05:00"],
    ["2027-01-01T09:00:00", "Asia/Kolkata", "at 2027-01-01T09:00:00+05:30"],
    ["2027-01-01T09:00:00", "UTC", "at 2027-01-01T09:00:00Z"],
  ])("AWS's at(%s) in %s, with the offset of that zone", (local, zone, written) => {
    expect(refusal(`at(${local})`, zone)).toBe(
      `at: expected no brackets but an offset, got "at(${local})"; write ${written}`,
    );
    expect(() => parseRule(written)).not.toThrow();
  });
});
