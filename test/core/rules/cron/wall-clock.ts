import type { DstPolicy } from "../../../../shared/core/rules/cron/dst.ts";
import type { ArbitraryCron, Wall } from "./arbitrary.ts";

/** A window of real time, minute by minute, and what its wall clock showed. Minutes are counted from 1970, real or on the wall. */
export interface WallClock {
  readonly startMinute: number;
  readonly walls: readonly number[];
  /** Indexes at which the wall shows a time again, and at which it shows one that it will show again. */
  readonly secondCopies: ReadonlySet<number>;
  readonly firstCopies: ReadonlySet<number>;
  /** The times that the wall jumped over, by the index of the minute after the jump. */
  readonly missed: ReadonlyMap<number, readonly number[]>;
}

const minuteMs = 60_000;
const windowMinutes = 400 * 24 * 60;
const block = 6 * 60;

/** Asks Intl what the wall shows every six hours, and every quarter of an hour where the clocks change meanwhile. */
export const wallClock = (zone: string, year: number): WallClock => {
  const startMinute = Date.UTC(year, 0, 1) / minuteMs;
  const wallAt = wallReader(zone);
  const walls: number[] = [];
  for (let from = startMinute; walls.length < windowMinutes; from += block) {
    const step = wallAt(from + block - 1) === wallAt(from) + block - 1 ? block : 15;
    for (let part = 0; part < block; part += step) {
      const wall = wallAt(from + part);
      for (let minute = 0; minute < step; minute += 1) {
        walls.push(wall + minute);
      }
    }
  }
  return { startMinute, walls, ...changesOf(walls) };
};

const wallReader = (zone: string) => {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (realMinute: number): number => {
    const numbers = format.format(realMinute * minuteMs).split(/[^\d]+/);
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = numbers.map(Number);
    return Date.UTC(year, month - 1, day, hour, minute) / minuteMs;
  };
};

const changesOf = (walls: readonly number[]) => {
  const secondCopies = new Set<number>();
  const firstCopies = new Set<number>();
  const missed = new Map<number, readonly number[]>();
  let expected = walls[0] ?? 0;
  walls.forEach((wall, index) => {
    for (let minute = 0; minute < expected - wall; minute += 1) {
      firstCopies.add(index - 1 - minute);
      secondCopies.add(index + minute);
    }
    if (wall > expected) {
      missed.set(
        index,
        Array.from({ length: wall - expected }, (_, minute) => (walls[index - 1] ?? 0) + 1 + minute),
      );
    }
    expected = wall + 1;
  });
  return { secondCopies, firstCopies, missed };
};

export const readWall = (wallMinute: number): Wall => {
  const date = new Date(wallMinute * minuteMs);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
    daysInMonth: new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  };
};

interface Question {
  readonly expression: ArbitraryCron;
  readonly dst: DstPolicy;
}

/** Every due minute of the window, by looking at each: what a policy means, spelled out. */
export const bruteForce = (clock: WallClock, { expression, dst }: Question): readonly number[] => {
  const isMatch = matcher(expression);
  const ignored = { first: clock.secondCopies, second: clock.firstCopies, both: new Set<number>() }[
    dst.overlap
  ];
  const missed = dst.gap === "run-after-gap" ? clock.missed : new Map<number, readonly number[]>();
  const due: number[] = [];
  clock.walls.forEach((wall, index) => {
    if ((isMatch(wall) && !ignored.has(index)) || missed.get(index)?.some(isMatch)) {
      due.push(clock.startMinute + index);
    }
  });
  return due;
};

/** The time of day is the cheaper question, and a day is asked once. */
const matcher = ({ matchesTime, matchesDay }: ArbitraryCron) => {
  const times = Array.from({ length: 1_440 }, (_, minute) => matchesTime(readWall(minute)));
  const days = new Map<number, boolean>();
  return (wall: number): boolean => {
    if (!times[wall % 1_440]) {
      return false;
    }
    const day = Math.floor(wall / 1_440);
    const isDay = days.get(day) ?? matchesDay(readWall(wall));
    days.set(day, isDay);
    return isDay;
  };
};
