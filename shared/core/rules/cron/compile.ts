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
  const text = (position: number) => expression.fields[position] ?? "*";
  const field = (unit: Unit, position: number): Field => fieldOf(expression, unit, position);
  const table = (unit: Unit, position: number) => nextTable(parseValues(field(unit, position)));
  const dayOfMonth = field(units.dayOfMonth, 3);
  const pattern = {
    seconds: table(units.second, 0),
    minutes: table(units.minute, 1),
    hours: table(units.hour, 2),
    months: table(units.month, 4),
    years: text(6) === "*" ? everyYear : table(units.year, 6),
    days: pickDays(
      expression.dialect === "aws6"
        ? oneOf(dayOfMonth, field(units.dayOfWeekAws, 5))
        : bothOrEither(dayOfMonth, field(units.dayOfWeek, 5)),
    ),
  };
  return { pattern, isInterval: [0, 1, 2].some((position) => text(position).startsWith("*")) };
};

/** One field of an expression. Only AWS's dialect has ranges that wrap, as Quartz has, where it comes from. */
export const fieldOf = (
  { dialect, fields, text }: Pick<Expression, "dialect" | "fields" | "text">,
  unit: Unit,
  position: number,
): Field => ({
  unit,
  text: fields[position] ?? "*",
  expression: text,
  wraps: dialect === "aws6" && unit !== units.year,
});

const everyYear = nextTable(parseValues({ unit: units.year, text: "*", expression: "*" }));

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
