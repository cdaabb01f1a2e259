import { type DayTest, type MonthShape, weekdayOf } from "./month.ts";
import { type Field, units, wrong } from "./unit.ts";
import { parseItem, parseValue } from "./values.ts";

/** The test of a day-of-month field: numbers, `L` (last), `L-3` (three before it), `15W` (nearest weekday), `LW`. */
export const parseDaysOfMonth = (field: Field): DayTest =>
  anyTest(field.text.split(",").map((item) => parseDayOfMonth(item, field)));

/** The test of a day-of-week field: numbers, names, `5L` (last Friday), `MON#1` (first Monday). */
export const parseDaysOfWeek = (field: Field): DayTest => {
  const items = field.text.split(",");
  if (isAws(field) && items.length > 1 && field.text.includes("#")) {
    throw wrong(field, "one day only where # is used, as AWS does", field.text);
  }
  return anyTest(items.map((item) => parseDayOfWeek(item, field)));
};

const anyTest =
  (tests: readonly DayTest[]): DayTest =>
  (day, month) =>
    tests.some((test) => test(day, month));

const parseDayOfMonth = (item: string, field: Field): DayTest => {
  if (item === "L") {
    return (day, { length }) => day === length;
  }
  if (item === "LW") {
    return (day, month) => day === nearestWeekday(month.length, month);
  }
  if (item.startsWith("L-")) {
    return daysBeforeLast(item, field);
  }
  if (item.endsWith("W")) {
    const near = parseValue(item.slice(0, -1), field);
    return (day, month) => near <= month.length && day === nearestWeekday(near, month);
  }
  const values = parseItem(item, field);
  return (day) => values.includes(day);
};

const daysBeforeLast = (item: string, field: Field): DayTest => {
  const days = Number(/^L-(\d{1,2})$/.exec(item)?.[1]);
  if (days >= 1 && days <= 30) {
    return (day, { length }) => day === length - days;
  }
  throw wrong(field, "L-1 to L-30", item);
};

/** Monday to Friday nearest to a day, never in another month. */
const nearestWeekday = (day: number, month: MonthShape): number => {
  const weekday = weekdayOf(day, month);
  if (weekday === 6) {
    return day === 1 ? 3 : day - 1;
  }
  if (weekday === 0) {
    return day === month.length ? day - 2 : day + 1;
  }
  return day;
};

const parseDayOfWeek = (item: string, field: Field): DayTest => {
  const [name = "", count] = item.split("#", 2);
  if (count !== undefined) {
    return nthWeekday(item, { weekday: parseWeekday(name, field), field });
  }
  if (item === "L" && isAws(field)) {
    return (day, month) => weekdayOf(day, month) === 6;
  }
  if (item.endsWith("L")) {
    const weekday = parseWeekday(item.slice(0, -1), field);
    return (day, month) => weekdayOf(day, month) === weekday && day + 7 > month.length;
  }
  const weekdays = parseItem(item, field).map((value) => fromSunday(value, field));
  return (day, month) => weekdays.includes(weekdayOf(day, month));
};

const nthWeekday = (item: string, { weekday, field }: { weekday: number; field: Field }): DayTest => {
  const count = Number(/^[^#]+#([1-5])$/.exec(item)?.[1]);
  if (Number.isNaN(count)) {
    throw wrong(field, "a weekday with #1 to #5, such as MON#1", item);
  }
  return (day, month) => weekdayOf(day, month) === weekday && Math.ceil(day / 7) === count;
};

const parseWeekday = (text: string, field: Field): number => fromSunday(parseValue(text, field), field);

/** Either dialect's number as ours, Sunday = 0. */
const fromSunday = (value: number, field: Field): number => (isAws(field) ? value - 1 : value % 7);

const isAws = ({ unit }: Field): boolean => unit === units.dayOfWeekAws;
