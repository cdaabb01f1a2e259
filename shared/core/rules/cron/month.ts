/**
 * Which days of a month a rule picks depends on two things only: the weekday of the first, and how many days there are.
 * So every L, W and # is worked out once for the 28 kinds of month, and finding a day later is a matter of shifting bits.
 */
export interface MonthShape {
  /** Weekday of the first, Sunday = 0. */
  readonly firstWeekday: number;
  readonly length: number;
}

/** Picks days of a month, as bits: the first in bit 0. Bits beyond the month's end do not count. */
export type DayPicker = (month: MonthShape) => number;

const shapes: readonly MonthShape[] = Array.from({ length: 28 }, (_, index) => ({
  firstWeekday: index % 7,
  length: 28 + Math.floor(index / 7),
}));

/** The picked days of each of the 28 kinds of month. */
export const pickDays = (picker: DayPicker): readonly number[] =>
  shapes.map((shape) => picker(shape) & (2 ** shape.length - 1));

const dayMs = 86_400_000;
/** 1970-01-01 was a Thursday. */
const firstWeekdayEver = 4;

/** The first picked day, counted from 1970-01-01, in a month (1 to 12) from a day of it on. */
export const firstDayOfMonth = (
  days: readonly number[],
  month: { readonly year: number; readonly month: number; readonly from: number },
): number | undefined => {
  const first = Date.UTC(month.year, month.month - 1, 1) / dayMs;
  const length = Date.UTC(month.year, month.month, 1) / dayMs - first;
  const firstWeekday = (first + firstWeekdayEver) % 7;
  const picked = days[firstWeekday + (length - 28) * 7];
  const left = picked ? picked >>> (month.from - 1) : 0;
  return left === 0 ? undefined : first + month.from - 1 + lowestBit(left);
};

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);
