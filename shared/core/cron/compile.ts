import { parseDaysOfMonth, parseDaysOfWeek } from "./days.ts";
import type { Expression } from "./expression.ts";
import { type DayPicker, pickDays } from "./month.ts";
import { nextTable, type Pattern } from "./pattern.ts";
import { type Field, type Unit, units, wrong } from "./unit.ts";
import { parseValues } from "./values.ts";

/** What an expression means, and whether it asks for an interval or for fixed times. */
export interface Compiled {
  readonly pattern: Pattern;
  /** As Vixie cron has it: the hour, minute or second begins with `*`. */
  readonly isInterval: boolean;
}

/** @throws DefinitionError that names the field, its range and the value that is outside. */
export const compile = (expression: Expression): Compiled => {
  const [second = "", minute = "", hour = "", , month = "", , year = ""] = expression.fields;
  const table = (unit: Unit, text: string) =>
    nextTable(parseValues({ unit, text, expression: expression.text }));
  const pattern = {
    seconds: table(units.second, second),
    minutes: table(units.minute, minute),
    hours: table(units.hour, hour),
    months: table(units.month, month),
    years: year === "*" ? everyYear : table(units.year, year),
    days: pickDays(pickerOf(expression)),
  };
  return { pattern, isInterval: [second, minute, hour].some((text) => text.startsWith("*")) };
};

const everyYear = nextTable(parseValues({ unit: units.year, text: "*", expression: "*" }));

const pickerOf = ({ dialect, fields, text: expression }: Expression): DayPicker => {
  const [, , , monthText = "", , weekText = ""] = fields;
  const dayOfMonth = { unit: units.dayOfMonth, text: monthText, expression };
  const dayOfWeek = {
    unit: dialect === "aws6" ? units.dayOfWeekAws : units.dayOfWeek,
    text: weekText,
    expression,
  };
  return dialect === "aws6" ? oneOf(dayOfMonth, dayOfWeek) : bothOrEither(dayOfMonth, dayOfWeek);
};

/** AWS has the author say with `?` which of the two day fields does not count. */
const oneOf = (dayOfMonth: Field, dayOfWeek: Field): DayPicker => {
  if ((dayOfMonth.text === "?") === (dayOfWeek.text === "?")) {
    throw wrong(
      dayOfWeek,
      'exactly one "?" in day of month and day of week',
      `${dayOfMonth.text} and ${dayOfWeek.text}`,
    );
  }
  return dayOfMonth.text === "?" ? parseDaysOfWeek(dayOfWeek) : parseDaysOfMonth(dayOfMonth);
};

/** Cron's oldest oddity, kept because crontabs rely on it: two restricted day fields widen each other, a `*` does not. */
const bothOrEither = (dayOfMonth: Field, dayOfWeek: Field): DayPicker => {
  const [inMonth, inWeek] = [parseDaysOfMonth(dayOfMonth), parseDaysOfWeek(dayOfWeek)];
  return dayOfMonth.text.startsWith("*") || dayOfWeek.text.startsWith("*")
    ? (month) => inMonth(month) & inWeek(month)
    : (month) => inMonth(month) | inWeek(month);
};
