import { toString as describe } from "cronstrue";
import { fieldOf } from "../cron/compile.ts";
import { parseExpression } from "../cron/expression.ts";
import { type Field, type Unit, units } from "../cron/unit.ts";
import { parseItem, parseValue, parseValues } from "../cron/values.ts";

/**
 * A cron text in words. cronstrue has the words, our parser the meaning: dialects differ in what a field's text means,
 * so cronstrue is given plain numbers, Sunday = 0, and one thing at a time. Two day fields are joined as the engine does.
 */
export const describeCron = (text: string): string => {
  const { dialect, fields } = parseExpression(text);
  const field = (unit: Unit, index: number): Field => {
    const written = fieldOf({ dialect, fields, text }, unit, index);
    return { ...written, text: written.text.replace("?", "*") };
  };
  const weekday = dialect === "aws6" ? units.dayOfWeekAws : units.dayOfWeek;
  const time = describeTime(
    plain(field(units.second, 0)),
    plain(field(units.minute, 1)),
    plain(field(units.hour, 2)),
  );
  return [
    time,
    describeDays(field(units.dayOfMonth, 3), field(weekday, 5)) || everyDay(time),
    phrase(position.month, listed(parseValues(field(units.month, 4)), units.month)),
    phrase(position.year, plain(field(units.year, 6))),
  ]
    .filter((words) => words !== "")
    .join(", ");
};

const everyDay = (time: string): string => (/^At \d\d:/.test(time) ? "every day" : "");

const say = (fields: readonly string[]): string => describe(fields.join(" "), { use24HourTimeFormat: true });

const position = { dayOfMonth: 3, month: 4, dayOfWeek: 5, year: 6 } as const;
const midnight = ["0", "0", "0", "*", "*", "*", "*"];

/** What one field adds to a sentence: `only on Monday`. */
const phrase = (index: number, text: string): string =>
  say(midnight.with(index, text)).replace(/^At 00:00(?:, )?/, "");

const describeTime = (second: string, minute: string, hour: string): string => {
  const words = say([second, minute, hour, "*", "*", "*", "*"]);
  if (isNumber(second)) return words;
  if (!isNumber(minute) || !isNumber(hour)) return words.replace("on the hour", "at 0 minutes past the hour");
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  return `${say([second, "*", "*", "*", "*", "*", "*"])}, from ${time}:00 to ${time}:59`;
};

const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** As Vixie cron has it: two restricted fields widen each other, unless one begins with `*`. */
const describeDays = (dayOfMonth: Field, dayOfWeek: Field): string => {
  const [inMonth, inWeek] = [describeDayOfMonth(dayOfMonth), describeDayOfWeek(dayOfWeek)];
  const isEither = !dayOfMonth.text.startsWith("*") && !dayOfWeek.text.startsWith("*");
  if (inMonth === "" || inWeek === "") return isEither ? "" : inMonth + inWeek;
  const days = inWeek.replace(/^only /, "");
  if (!isEither) return `${inMonth}, but only ${days}`;
  return `${inMonth} or ${days.startsWith("on ") ? days : `on ${days}`}`;
};

const describeDayOfMonth = (field: Field): string => {
  const items = field.text.split(",");
  const special = items.filter((item) => /[LW]/.test(item));
  const days = plain({ ...field, text: items.filter((item) => !special.includes(item)).join() });
  return joined(days, special, position.dayOfMonth);
};

const describeDayOfWeek = (field: Field): string => {
  const items = field.text.split(",");
  const special = items.filter((item) => /#|.L$/.test(item));
  const days = weekdayText(
    items.filter((item) => !special.includes(item)),
    field,
  );
  const specialDays = special.map((item) => specialWeekday(item, field));
  return joined(days, specialDays, position.dayOfWeek);
};

const joined = (days: string, special: readonly string[], index: number): string => {
  if (days === "*") return "";
  const texts = days === "" ? special : [days, ...special];
  return texts.map((text) => phrase(index, text)).join(" and ");
};

/** `FRI-SUN` stays a range; steps do not, since each dialect counts them from another day. */
const weekdayText = (items: readonly string[], field: Field): string => {
  const days = items.flatMap((item) => weekdaysOf(item, field));
  const isRange =
    /^[^,/]+-[^,/]+$/.test(items.join()) && isInOrder(days) && days.length > 2 && days.length < 7;
  return isRange ? `${days[0]}-${days.at(-1)}` : listed(days, units.dayOfWeek);
};

/** Day after day, Sunday last if it is there: a range that wraps further is no range in words. */
const isInOrder = (days: readonly number[]): boolean => {
  const sundayLast = days.map((day, i) => (day === 0 && i > 0 ? 7 : day));
  return sundayLast.join() === sundayLast.toSorted((a, b) => a - b).join();
};

/** AWS has a lone `L` for Saturday. */
const weekdaysOf = (item: string, field: Field): readonly number[] =>
  item === "L" ? [6] : parseItem(item, field).map((value) => fromSunday(value, field));

/** `6L` of AWS and `5L` of all others are the last Friday: `5L`. */
const specialWeekday = (item: string, field: Field): string => {
  const end = item.search(/#|L$/);
  return `${fromSunday(parseValue(item.slice(0, end), field), field)}${item.slice(end)}`;
};

const fromSunday = (value: number, { unit }: Field): number =>
  unit === units.dayOfWeekAws ? value - 1 : value % 7;

/** More values than this are described by their step. */
const maxListed = 6;

/** A field's values as cronstrue takes them, in the shape that it words truly. Empty for an empty text. */
const plain = (field: Field): string => {
  if (field.text === "") return "";
  const values = parseValues(field);
  const [, start, step] = /^([^,/]+)\/(\d+)$/.exec(field.text) ?? [];
  if (step === undefined || values.length === 1 || values.length === sizeOf(field.unit)) {
    return listed(values, field.unit);
  }
  if (start === "*" && sizeOf(field.unit) % Number(step) === 0) return `*/${step}`;
  // Minutes of `*/7` end at :56 and begin again at :00: that is not every seven minutes.
  const most = start === "*" && field.unit.min === 0 ? values.length : maxListed;
  return values.length <= most ? listed(values, field.unit) : `${values[0]}-${values.at(-1)}/${step}`;
};

const sizeOf = (unit: Unit): number => (unit.top ?? unit.max) - unit.min + 1;

/** `0,5-7` of 0, 5, 6 and 7; `*` of all that there are. */
const listed = (values: readonly number[], unit: Unit): string => {
  const ascending = [...new Set(values)].sort((a, b) => a - b);
  if (ascending.length === sizeOf(unit)) return "*";
  const runs: number[][] = [];
  for (const value of ascending) {
    const run = runs.at(-1);
    if (run?.at(-1) === value - 1) run.push(value);
    else runs.push([value]);
  }
  return runs.map((run) => (run.length < 3 ? run.join() : `${run[0]}-${run.at(-1)}`)).join();
};
