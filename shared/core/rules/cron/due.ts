import type { DstPolicy } from "./dst.ts";
import { firstMatch, type Pattern } from "./pattern.ts";
import type { Stretch, Timeline } from "./zone.ts";

/** A pattern on one zone's clocks under one DST policy: all that decides when it is due. */
export interface Clockwork {
  readonly pattern: Pattern;
  readonly timeline: Timeline;
  readonly dst: DstPolicy;
}

/** Well after the last year an expression can name, in every zone. */
const endOfTime = Date.UTC(2200, 0, 3) / 1_000;

/**
 * The first due second at or after another. Within a stretch wall-clock time is real time plus a constant, so the pattern
 * is matched on the wall and the result carried back; gaps and repeated times exist only where two stretches meet.
 */
export const firstDue = (clockwork: Clockwork, from: number): number | undefined => {
  for (let since = from; since < endOfTime; ) {
    const stretch = clockwork.timeline.at(since);
    if (since === stretch.start && isDueAfterGap(clockwork, stretch)) {
      return since;
    }
    const start = Math.max(since, firstStart(clockwork.dst, stretch));
    const wall = firstMatch(clockwork.pattern, start + stretch.offset);
    if (wall !== undefined && wall - stretch.offset < lastEnd(clockwork.dst, stretch)) {
      return wall - stretch.offset;
    }
    if (wall === undefined && since === stretch.start) {
      return undefined;
    }
    since = stretch.end;
  }
  return undefined;
};

/** Times that the clocks jumped over all fall on the first instant after the gap, so that they run once. */
const isDueAfterGap = ({ pattern, dst }: Clockwork, { start, offset, before }: Stretch): boolean => {
  if (dst.gap === "skip" || offset <= before) {
    return false;
  }
  const wall = firstMatch(pattern, start + before);
  return wall !== undefined && wall < start + offset;
};

/** Where the clocks went back, a stretch begins with second copies. */
const firstStart = ({ overlap }: DstPolicy, { start, offset, before }: Stretch): number =>
  overlap === "first" ? start + Math.max(0, before - offset) : start;

/** Where the clocks will go back, a stretch ends with first copies. */
const lastEnd = ({ overlap }: DstPolicy, { end, offset, after }: Stretch): number =>
  overlap === "second" ? end - Math.max(0, offset - after) : end;
