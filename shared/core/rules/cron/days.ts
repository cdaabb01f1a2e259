import type { DayPicker, MonthShape } from "./month.ts";
import { type Field, rangeOf, units, wrong } from "./unit.ts";
import { parseItem, parseValue } from "./values.ts";

/** What a day-of-month field picks: numbers, `L` (last), `L-3` (three before it), `15W` (nearest weekday), `LW`. */
export const parseDaysOfMonth = (field: Field): DayPicker =>
  anyOf(field.text.split(",").map((item) => parseDayOfMonth(item, field)));

/** What a day-of-week field picks: numbers, names, `5L` (last Friday), `MON#1` (first Monday). */
export const parseDaysOfWeek = (field: Field): DayPicker => {
  const items = field.text.split(",");
  if (isAws(field) && items.length > 1 && field.text.includes("#")) {
    throw wrong(field, "one day only where # is used, as AWS does", field.text);
  }
  return anyOf(items.map((item) => parseDayOfWeek(item, field)));
};

const anyOf =
  (pickers: readonly DayPicker[]): DayPicker =>
  (month) =>
    pickers.reduce((days, picker) => days | picker(month), 0);

const bit = (day: number): number => 1 << (day - 1);

const parseDayOfMonth = (item: string, field: Field): DayPicker => {
  if (item === "L") {
    return ({ length }) => bit(length);
  }
  if (item === "LW") {
    return (month) => bit(nearestWeekday(month.length, month));
  }
  if (item.startsWith("L-")) {
    return parseBeforeLast(item, field);
  }
  if (item.endsWith("W")) {
    const near = parseValue(item.slice(0, -1), field);
    return (month) => (near <= month.length ? bit(nearestWeekday(near, month)) : 0);
  }
  const days = parseItem(item, field).reduce((bits, day) => bits | bit(day), 0);
  return () => days;
};

const parseBeforeLast = (item: string, field: Field): DayPicker => {
  const days = Number(/^L-(\d{1,2})$/.exec(item)?.[1]);
  if (days >= 1 && days <= 30) {
    return ({ length }) => (days < length ? bit(length - days) : 0);
  }
  throw wrong(field, "L-1 to L-30", item);
};

/** Monday to Friday nearest to a day, never in another month. */
const nearestWeekday = (day: number, { firstWeekday, length }: MonthShape): number => {
  const weekday = (firstWeekday + day - 1) % 7;
  if (weekday === 6) {
    return day === 1 ? 3 : day - 1;
  }
  if (weekday === 0) {
    return day === length ? day - 2 : day + 1;
  }
  return day;
};

const parseDayOfWeek = (item: string, field: Field): DayPicker => {
  if (item.includes("#")) {
    return parseNth(item, field);
  }
  if (item === "L" && isAws(field)) {
    return (month) => weekdays(6, month);
  }
  if (item.length > 1 && item.endsWith("L")) {
    const weekday = fromSunday(parseValue(item.slice(0, -1), field), field);
    return (month) => weekdays(weekday, month) & lastWeek(month);
  }
  const picked = parseItem(item, field).map((value) => fromSunday(value, field));
  return (month) => picked.reduce((days, weekday) => days | weekdays(weekday, month), 0);
};

const parseNth = (item: string, field: Field): DayPicker => {
  const [, name, nth] = /^([^#]+)#([1-5])$/.exec(item) ?? [];
  if (name === undefined) {
    throw wrong(field, `${rangeOf(field.unit)} with #1 to #5, such as MON#1`, item);
  }
  const weekday = fromSunday(parseValue(name, field), field);
  return (month) => weekdays(weekday, month) & (firstWeek << (7 * (Number(nth) - 1)));
};

const firstWeek = 0b1111111;
const lastWeek = ({ length }: MonthShape): number => firstWeek << (length - 7);

const everySeventhDay = bit(1) | bit(8) | bit(15) | bit(22) | bit(29);
const weekdays = (weekday: number, { firstWeekday }: MonthShape): number =>
  everySeventhDay << ((weekday - firstWeekday + 7) % 7);

/** Either dialect's number as ours, Sunday = 0. */
const fromSunday = (value: number, field: Field): number => (isAws(field) ? value - 1 : value % 7);

const isAws = ({ unit }: Field): boolean => unit === units.dayOfWeekAws;
