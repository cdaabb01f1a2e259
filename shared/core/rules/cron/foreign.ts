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
  readonly remedy: (group: Group, zone: string) => string;
}

/** The text of a group of the pattern, by its number. Empty where the group has no part in what was found. */
type Group = (index: number) => string;

/** `every 5 minutes` of `5` and `m`, `every 1 hour` of `1` and `hours`. */
const everyOf = (count: string | number, unit: string): string =>
  `every ${Number(count)} ${unitName(unit.slice(0, 1).toLowerCase())}${Number(count) === 1 ? "" : "s"}`;

const unitName = (letter: string): string => {
  switch (letter) {
    case "s":
      return "second";
    case "m":
      return "minute";
    case "h":
      return "hour";
    case "d":
      return "day";
    default:
      return "week";
  }
};

/** `every 90 minutes` of Go's `1h30m`. */
const everySum = (written: string): string => {
  const sumOf = (part: RegExp): number =>
    [...written.matchAll(part)].reduce((sum, [text]) => sum + Number.parseInt(text, 10), 0);
  const seconds = sumOf(/\d+h/gi) * 3_600 + sumOf(/\d+m/gi) * 60 + sumOf(/\d+s/gi);
  if (seconds === 0) return "every 5 minutes";
  if (seconds % 3_600 === 0) return everyOf(seconds / 3_600, "h");
  return seconds % 60 === 0 ? everyOf(seconds / 60, "m") : everyOf(seconds, "s");
};

const foreign: readonly Foreign[] = [
  {
    pattern: /^at\((?:(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)Z?)?.*/i,
    field: "at",
    expected: "no brackets but an offset",
    remedy: (group, zone) => {
      const local = group(1) || "2027-01-01T00:00:00";
      return `write at ${local}${localOffset(local, zone)}`;
    },
  },
  {
    pattern: /^(?:CRON_)?TZ=["']?([\w+/-]+)["']? (.+)$/i,
    field: "cron",
    expected: "no zone among the fields",
    remedy: (group) => besideRule(group(2), group(1)),
  },
  {
    pattern: /^((?:\S+ ){4,6}\S+) ([A-Za-z]+(?:\/[A-Za-z_]+)+|UTC)$/,
    field: "cron",
    expected: "no zone among the fields",
    remedy: (group) => besideRule(group(1), group(2)),
  },
  {
    pattern: /^@every\b ?(.*)/i,
    field: "cron",
    expected: "an interval in words",
    remedy: (group) => `write ${everySum(group(1))}`,
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
    remedy: (group) => `write @${group(1).toLowerCase()}`,
  },
  {
    pattern: /^P(?:T(\d+)([HMS])|(\d+)([DW]))$/i,
    field: "rule",
    expected: "an interval in words",
    remedy: (group) => `write ${everyOf(group(1) || group(3), group(2) || group(4))}`,
  },
  {
    pattern: /^(?:every ?)?(\d+) ?(s|m|h|d|w)$/i,
    field: "rule",
    expected: "an interval in words",
    remedy: (group) => `write ${everyOf(group(1), group(2))}`,
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
    remedy: (group) => `write ${everyOf(group(1), group(2))}`,
  },
  {
    pattern: /^rate\((?:(1) (minute|hour|day)s|(?!1 )(\d+) (minute|hour|day))\)$/i,
    field: "rate",
    expected: "a unit that fits the number, as AWS does",
    remedy: (group) =>
      group(1) === ""
        ? `write rate(${group(3)} ${group(4).toLowerCase()}s)`
        : `write rate(1 ${group(2).toLowerCase()})`,
  },
  {
    pattern: /^((?:[\d*][\d*,/-]*|[\d*,/-]*[A-Za-z]{3}[A-Za-z,-]*)(?: [\w*,/#-]+){4}) (?:\S+ )?[./~]\S*.*$/,
    field: "cron",
    expected: "the fields alone: a schedule has no user and no command, it names its job",
    remedy: (group) => `write ${group(1)}`,
  },
];

const besideRule = (fields: string, zone: string): string =>
  `name it beside the rule: cron("${fields}", "${zone}") in code, "${fields}" --zone ${zone} on the command line`;

const awsDays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** AWS has its `?` in the third or fifth field, Quartz, whose first field is the second, in the fourth or sixth. */
const questionMarkRemedy = (text: string): string => {
  const fields = text.split(" ");
  const mark = fields.indexOf("?");
  if (fields.length === 6 && (mark === 2 || mark === 4)) return `write the AWS dialect as cron(${text})`;
  const isQuartz = fields.length === 6 || fields.length === 7;
  const written = fields.map((field, i) => (isQuartz && i === 5 ? withDayNames(field) : field)).join(" ");
  const note = written === text ? "" : "; Quartz counts SUN as 1, here it is 0, so name the days";
  return `write ${written.replaceAll("?", "*")}${note}`;
};

/** `MON-FRI` of the numbers `2-6` of AWS and Quartz. */
const withDayNames = (weekday: string): string =>
  weekday.replaceAll(/(?<![#\w])[1-7](?!\d)/g, (day) => awsDays.slice(Number(day) - 1, Number(day)).join(""));

/** @throws DefinitionError for forms that other schedulers have and ours has not, with what to write instead. */
export const refuseForeign = (text: string, zone: string): void => {
  for (const { pattern, field, expected, remedy } of foreign) {
    const found = pattern.exec(text);
    if (!found) continue;
    const group: Group = (index) => found[index] ?? "";
    throw new DefinitionError(field, { expected, got: `"${text}"`, remedy: remedy(group, zone) });
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
