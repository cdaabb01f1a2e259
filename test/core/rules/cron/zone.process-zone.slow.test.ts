import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";

const script = `
  const { cron } = await import("./shared/core/rules/cron/cron.ts");
  const { at, every } = await import("./shared/core/rules/rule.ts");
  const rules = [
    ...["America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "UTC"].flatMap((zone) =>
      ["30 2 * * *", "*/20 1-3 * * 0", "0 0 L * *", "cron(30 1 ? * SUN#1 *)"].map((text) => cron(text, zone)),
    ),
    every("7 hours"),
    at("2027-01-01T00:00:00Z"),
  ];
  for (const rule of rules) {
    let next = new Date("2025-01-01T00:00:00Z");
    for (let count = 0; count < 100 && next; count += 1) {
      next = rule.next(next);
      console.log(next?.toISOString());
    }
  }
`;

test("P4: the time zone of the process changes nothing", () => {
  const [utc, ...others] = ["UTC", "Australia/Sydney", "America/New_York"].map((TZ) =>
    execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
      env: { ...process.env, TZ },
      encoding: "utf8",
    }),
  );
  expect(utc?.split("\n").length).toBeGreaterThan(1_000);
  expect(others).toEqual([utc, utc]);
});
