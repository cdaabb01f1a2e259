import fc from "fast-check";

/** A moment on a wall, and the month it lies in. */
export interface Wall {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  /** Sunday = 0. */
  readonly weekday: number;
  readonly daysInMonth: number;
}

/** The text of a field beside its meaning, so that the oracle needs no parser. */
interface ArbitraryField {
  readonly text: string;
  readonly matches: (wall: Wall) => boolean;
}

/** A five-field expression beside its meaning under cron's rule for two day fields. */
export interface ArbitraryCron {
  readonly text: string;
  readonly isInterval: boolean;
  readonly matchesTime: (wall: Wall) => boolean;
  readonly matchesDay: (wall: Wall) => boolean;
}

type Read = (wall: Wall) => number;

const number = (min: number, max: number) => fc.integer({ min, max });

const numbers = (min: number, max: number, read: Read): fc.Arbitrary<ArbitraryField> =>
  fc.oneof(
    fc.constant({ text: "*", matches: () => true }),
    number(1, max - min + 1).map((step) => ({
      text: `*/${step}`,
      matches: (wall: Wall) => (read(wall) - min) % step === 0,
    })),
    fc.uniqueArray(number(min, max), { minLength: 1, maxLength: 4 }).map((values) => ({
      text: values.join(),
      matches: (wall: Wall) => values.includes(read(wall)),
    })),
    fc.tuple(number(min, max), number(min, max), number(1, 5)).map(([a, b, step]) => ({
      text: `${Math.min(a, b)}-${Math.max(a, b)}/${step}`,
      matches: (wall: Wall) =>
        read(wall) >= Math.min(a, b) &&
        read(wall) <= Math.max(a, b) &&
        (read(wall) - Math.min(a, b)) % step === 0,
    })),
  );

const lastDays: fc.Arbitrary<ArbitraryField> = number(0, 28).map((before) => ({
  text: before === 0 ? "L" : `L-${before}`,
  matches: ({ day, daysInMonth }) => day === daysInMonth - before,
}));

/** By definition: of the working days of the month the one that is least away. */
const nearestWeekdays: fc.Arbitrary<ArbitraryField> = number(1, 31).map((wanted) => ({
  text: `${wanted}W`,
  matches: ({ day, weekday, daysInMonth }) => {
    const workdays = Array.from({ length: daysInMonth }, (_, index) => index + 1).filter((other) => {
      const otherWeekday = (((weekday + other - day) % 7) + 7) % 7;
      return otherWeekday >= 1 && otherWeekday <= 5;
    });
    const away = Math.min(...workdays.map((other) => Math.abs(other - wanted)));
    return wanted <= daysInMonth && workdays.includes(day) && Math.abs(day - wanted) === away;
  },
}));

const countedWeekdays: fc.Arbitrary<ArbitraryField> = fc
  .tuple(number(0, 6), number(1, 5))
  .map(([wanted, nth]) => ({
    text: `${wanted}#${nth}`,
    matches: ({ day, weekday }) => weekday === wanted && day > 7 * (nth - 1) && day <= 7 * nth,
  }));

const lastWeekdays: fc.Arbitrary<ArbitraryField> = number(0, 6).map((wanted) => ({
  text: `${wanted}L`,
  matches: ({ day, weekday, daysInMonth }) => weekday === wanted && daysInMonth - day < 7,
}));

const minutes = numbers(0, 59, (wall) => wall.minute);
/** Most changes of clocks happen before five: without a bias few expressions would meet one. */
const hours = fc.oneof(
  numbers(0, 23, (wall) => wall.hour),
  numbers(0, 4, (wall) => wall.hour).filter(({ text }) => !text.startsWith("*")),
);
const days = fc.oneof(
  { weight: 4, arbitrary: numbers(1, 31, (wall) => wall.day) },
  lastDays,
  nearestWeekdays,
);
const months = numbers(1, 12, (wall) => wall.month);
const weekdays = fc.oneof(
  { weight: 4, arbitrary: numbers(0, 6, (wall) => wall.weekday) },
  countedWeekdays,
  lastWeekdays,
);

export const arbitraryCron: fc.Arbitrary<ArbitraryCron> = fc
  .tuple(minutes, hours, days, months, weekdays)
  .map(([minute, hour, day, month, weekday]) => {
    const isStarred = day.text.startsWith("*") || weekday.text.startsWith("*");
    return {
      text: [minute, hour, day, month, weekday].map(({ text }) => text).join(" "),
      isInterval: minute.text.startsWith("*") || hour.text.startsWith("*"),
      matchesTime: (wall) => minute.matches(wall) && hour.matches(wall),
      matchesDay: (wall) =>
        month.matches(wall) &&
        (isStarred ? day.matches(wall) && weekday.matches(wall) : day.matches(wall) || weekday.matches(wall)),
    };
  });

/** The zones of property P3: half-hour shifts, shifts at midnight, a lost day, none at all. */
const zones = [
  "UTC",
  "America/Los_Angeles",
  "America/Toronto",
  "Asia/Urumqi",
  "Asia/Beirut",
  "America/Indiana/Knox",
  "Africa/Kinshasa",
  "America/Asuncion",
  "Europe/London",
  "Asia/Vientiane",
  "America/Havana",
  "Australia/Lord_Howe",
  "Antarctica/Troll",
  "Africa/Cairo",
  "America/Nuuk",
  "Pacific/Apia",
] as const;

export const arbitraryZone = fc.constantFrom(...zones);

export const arbitraryInstant = fc.date({
  min: new Date("1990-01-01T00:00:00Z"),
  max: new Date("2060-01-01T00:00:00Z"),
  noInvalidDate: true,
});
