import { DefinitionError } from "../errors.ts";

/** @throws DefinitionError that suggests the nearest zone when the running Node knows none of that name. */
export const checkZone = (zone: string): void => {
  if (!isZone(zone)) {
    const got = JSON.stringify(zone.slice(0, 64));
    throw new DefinitionError("zone", `expected an IANA time zone, got ${got}: ${suggestion(zone)}`);
  }
};

/** Offsets such as +02:00 are refused although Intl takes them: they have no summer time, which is seldom meant. */
const isZone = (text: string): boolean => {
  if (!/^[A-Za-z][\w+/-]{0,63}$/.test(text)) {
    return false;
  }
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: text });
    return true;
  } catch {
    return false;
  }
};

/** Names in use today that Node's own list still has in an older form. */
const modernNames = [
  "UTC",
  "America/Nuuk",
  "America/Argentina/Buenos_Aires",
  "Asia/Ho_Chi_Minh",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Asia/Yangon",
  "Atlantic/Faroe",
  "Europe/Kyiv",
  "Pacific/Kanton",
];

/** Most slips are a few letters; further off, a guess would mislead. */
const suggestion = (zone: string): string => {
  const wanted = zone.trim().slice(0, 64).toLowerCase().replaceAll(" ", "_");
  const { name, slips } = [...modernNames, ...Intl.supportedValuesOf("timeZone")]
    .map((name) => ({ name, slips: slipsTo(name.toLowerCase(), wanted) }))
    .reduce((best, next) => (next.slips < best.slips ? next : best));
  return slips <= Math.max(2, wanted.length / 4)
    ? `did you mean "${name}"?`
    : 'write one such as "UTC" or "Europe/Madrid"';
};

/** Slips from what was typed to a name, or to its last part: people type the city alone. */
const slipsTo = (name: string, wanted: string): number =>
  Math.min(editDistance(name, wanted), editDistance(name.slice(name.lastIndexOf("/") + 1), wanted));

/** Levenshtein's distance: letters to add, drop or change. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const [diagonal = 0, above = 0] = row.slice(j, j + 2);
      next.push(Math.min(above + 1, (next[j] ?? 0) + 1, diagonal + (letter === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};
