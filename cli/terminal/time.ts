const units = [
  { unit: "d", ms: 86_400_000, from: 2 * 86_400_000 },
  { unit: "h", ms: 3_600_000, from: 3_600_000 },
  { unit: "min", ms: 60_000, from: 60_000 },
  { unit: "s", ms: 1_000, from: 1_000 },
] as const;

/** `"in 12 s"`, `"3 min ago"`, `"now"`. */
export const relative = (instant: string, now: number): string => {
  const ms = Date.parse(instant) - now;
  const far = distance(ms);
  if (far === undefined) return "now";
  return ms > 0 ? `in ${far}` : `${far} ago`;
};

/** `"now"`, then `"in 12 s, 42 s, 2 min"`. */
export const upcoming = (instants: readonly string[], now: number): string => {
  const [first, ...rest] = instants;
  if (first === undefined) return "never";
  return [relative(first, now), ...rest.map((instant) => distance(Date.parse(instant) - now) ?? "now")].join(
    ", ",
  );
};

const distance = (ms: number): string | undefined => {
  const far = units.find(({ from }) => Math.abs(ms) >= from);
  return far && `${Math.round(Math.abs(ms) / far.ms)} ${far.unit}`;
};

/** Formats a length of time: `"12 ms"`, `"1.3 s"`, `"2.5 min"`. */
export const took = (ms: number): string => {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${round(ms / 1_000)} s`;
  return ms < 3_600_000 ? `${round(ms / 60_000)} min` : `${round(ms / 3_600_000)} h`;
};

const round = (value: number): number => Math.round(value * 10) / 10;

/** Formats an instant in whole seconds, in UTC. */
export const clock = (instant: string): string => `${instant.slice(0, 19).replace("T", " ")}Z`;
