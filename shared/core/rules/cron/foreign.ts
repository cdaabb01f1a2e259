import { DefinitionError } from "../../errors.ts";
import { localOffset } from "./zone.ts";

/**
 * Forms that other schedulers have and ours has not, in the order in which they are looked for. Each says what was
 * expected, and what to write instead.
 */
interface Foreign {
  readonly pattern: RegExp;
  readonly field: string;
  readonly expected: string;
  readonly remedy: (found: RegExpExecArray, zone: string) => string;
}

const intervalUnits = new Map([
  ["s", "second"],
  ["m", "minute"],
  ["h", "hour"],
  ["d", "day"],
  ["w", "week"],
]);

/** `every 5 minutes` of `5m`, `every 1 hour` of `1h`. */
const everyOf = (count: string, letter: string): string => {
  const unit = intervalUnits.get(letter.toLowerCase().slice(0, 1)) ?? "minute";
  return `every ${Number(count)} ${unit}${Number(count) === 1 ? "" : "s"}`;
};

const secondsIn = new Map([
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
]);

/** `every 90 minutes` of Go's `1h30m`. */
const everySum = (written: string): string => {
  const parts = [...written.matchAll(/(\d+)([hms])/gi)];
  const seconds = parts.reduce((sum, [, count, unit = ""]) => {
    return sum + Number(count) * (secondsIn.get(unit.toLowerCase()) ?? 0);
  }, 0);
  if (seconds === 0) return "every 5 minutes";
  const [letter, size] = [...secondsIn].find(([, each]) => seconds % each === 0) ?? ["s", 1];
  return everyOf(String(seconds / size), letter);
};

const foreign: readonly Foreign[] = [
  {
    pattern: /^at\((?:(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)Z?)?.*/i,
    field: "at",
    expected: "no brackets but an offset",
    remedy: ([, local = "2027-01-01T00:00:00"], zone) => `write at ${local}${localOffset(local, zone)}`,
  },
  {
    pattern: /^(?:CRON_)?TZ=["']?([\w+/-]+)["']? (.+)$/i,
    field: "cron",
    expected: "no zone among the fields",
    remedy: ([, zone, fields]) => besideRule(fields, zone),
  },
  {
    pattern: /^((?:\S+ ){4,6}\S+) ([A-Za-z]+(?:\/[A-Za-z_]+)+|UTC)$/,
    field: "cron",
    expected: "no zone among the fields",
    remedy: ([, fields, zone]) => besideRule(fields, zone),
  },
  {
    pattern: /^@every\b ?(.*)/i,
    field: "cron",
    expected: "an interval in words",
    remedy: ([, written = ""]) => `write ${everySum(written)}`,
  },
  {
    pattern: /^@reboot$/i,
    field: "cron",
    expected: "a time: nothing boots in a pipeline",
    remedy: () => "enqueue the job when you deploy, or write an instant such as at 2027-01-01T00:00:00Z",
  },
  {
    pattern: /^(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i,
    field: "rule",
    expected: "an @ before the name",
    remedy: ([, name = ""]) => `write @${name.toLowerCase()}`,
  },
  {
    pattern: /^P(?:T(\d+)([HMS])|(\d+)([DW]))$/i,
    field: "rule",
    expected: "an interval in words",
    remedy: ([, time, timeUnit, days, dayUnit]) =>
      `write ${everyOf(time ?? days ?? "", timeUnit ?? dayUnit ?? "")}`,
  },
  {
    pattern: /^(?:every ?)?(\d+) ?(s|m|h|d|w)$/i,
    field: "rule",
    expected: "an interval in words",
    remedy: ([, count = "", unit = ""]) => `write ${everyOf(count, unit)}`,
  },
  {
    pattern: /^(?:H(?:\([^)]*\))?(?:\/\d+)?(?: |$)|\S+ H(?:\([^)]*\))?(?:\/\d+)?(?: |$)).*/,
    field: "cron",
    expected: "a value for each field: H is Jenkins's",
    remedy: () => 'write a value such as 17, and spread many schedules by jitter: "10 minutes"',
  },
  {
    pattern: /^rate\((\d+) ?(seconds?)\)$/i,
    field: "rate",
    expected: "minutes, hours or days, as AWS does",
    remedy: ([, count = "", unit = ""]) => `write ${everyOf(count, unit)}`,
  },
  {
    pattern: /^rate\((?:(1) (minute|hour|day)s|(?!1 )(\d+) (minute|hour|day))\)$/i,
    field: "rate",
    expected: "a unit that fits the number, as AWS does",
    remedy: ([, , one, count = "", many = ""]) =>
      one === undefined
        ? `write rate(${count} ${many.toLowerCase()}s)`
        : `write rate(1 ${one.toLowerCase()})`,
  },
  {
    pattern: /^((?:[\d*][\d*,/-]*|[\d*,/-]*[A-Za-z]{3}[A-Za-z,-]*)(?: [\w*,/#-]+){4}) (?:\S+ )?[./~]\S*.*$/,
    field: "cron",
    expected: "the fields alone: a schedule has no user and no command, it names its job",
    remedy: ([, fields]) => `write ${fields}`,
  },
];

const besideRule = (fields = "", zone = "UTC"): string =>
  `name it beside the rule: cron("${fields}", "${zone}") in code, "${fields}" --zone ${zone} on the command line`;

const awsDays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** AWS has its `?` in the third or fifth field, Quartz, whose first field is the second, in the fourth or sixth. */
const questionMarkRemedy = (text: string): string => {
  const fields = text.split(" ");
  const mark = fields.indexOf("?");
  if (fields.length === 6 && (mark === 2 || mark === 4)) return `write the AWS dialect as cron(${text})`;
  const weekday = fields.length === 6 || fields.length === 7 ? (fields[5] ?? "") : "";
  const named = weekday.replaceAll(/(?<![#\w])[1-7](?!\d)/g, (day) => awsDays[Number(day) - 1] ?? day);
  const written = fields.map((field, index) => (index === 5 && weekday !== "" ? named : field)).join(" ");
  const note = named === weekday ? "" : "; Quartz counts SUN as 1, here it is 0, so name the days";
  return `write ${written.replaceAll("?", "*")}${note}`;
};

/** @throws DefinitionError for forms that other schedulers have and ours has not, with what to write instead. */
export const refuseForeign = (text: string, zone = "UTC"): void => {
  for (const { pattern, field, expected, remedy } of foreign) {
    const found = pattern.exec(text);
    if (found) throw new DefinitionError(field, { expected, got: `"${text}"`, remedy: remedy(found, zone) });
  }
};

/** @throws DefinitionError for a `?` outside the AWS dialect */
export const refuseQuestionMark = (text: string): never => {
  throw new DefinitionError("cron", {
    expected: 'no "?" outside the AWS dialect',
    got: `"${text}"`,
    remedy: questionMarkRemedy(text),
  });
};
