import { describeValue } from "../../describe-value.ts";
import { DefinitionError } from "../../errors.ts";

/** @throws DefinitionError that suggests the nearest zone when the running Node knows none of that name. */
export const checkZone = (zone: string): void => {
  if (!isZone(zone)) {
    throw new DefinitionError("zone", {
      expected: "an IANA time zone",
      got: describeValue(zone),
      remedy: remedy(zone),
    });
  }
};

/**
 * Offsets such as +02:00 are refused although Intl takes them: they have no summer time, which is seldom meant. So are the
 * abbreviations that ICU has beside the IANA names, and takes for one of their several meanings: its BST is Bangladesh.
 */
const isZone = (text: string): boolean => {
  if (typeof text !== "string" || !/^[A-Za-z][\w+/-]{0,63}$/.test(text)) {
    return false;
  }
  if (icuAbbreviations.has(text.toUpperCase()) || /^SystemV\//i.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: text });
    return true;
  } catch {
    return false;
  }
};

/** The three-letter names of ICU's old short list (`TimeZone` of Java) that are no IANA names. */
const icuAbbreviations: ReadonlySet<string> = new Set(
  "ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST".split(
    " ",
  ),
);

/** What people mean by the abbreviations that they write most, the likeliest first. */
const meanings: Readonly<Record<string, readonly string[]>> = {
  ACT: ["Australia/Darwin", "America/Rio_Branco"],
  AEDT: ["Australia/Sydney"],
  AEST: ["Australia/Sydney", "Australia/Brisbane"],
  AST: ["America/Halifax", "Asia/Riyadh"],
  BST: ["Europe/London", "Asia/Dhaka"],
  CAT: ["Africa/Maputo"],
  CDT: ["America/Chicago"],
  CEST: ["Europe/Berlin", "Europe/Madrid"],
  CST: ["America/Chicago", "Asia/Shanghai", "America/Mexico_City"],
  EAT: ["Africa/Nairobi"],
  EDT: ["America/New_York"],
  EEST: ["Europe/Athens", "Europe/Kyiv"],
  IST: ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"],
  JST: ["Asia/Tokyo"],
  KST: ["Asia/Seoul"],
  MDT: ["America/Denver"],
  MSK: ["Europe/Moscow"],
  NST: ["America/St_Johns"],
  NZST: ["Pacific/Auckland"],
  PDT: ["America/Los_Angeles"],
  PST: ["America/Los_Angeles", "Asia/Manila"],
  SGT: ["Asia/Singapore"],
  SST: ["Pacific/Pago_Pago", "Asia/Singapore"],
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

const remedy = (zone: string): string => {
  if (typeof zone !== "string") return oneSuchAs;
  const meant = meanings[zone.slice(0, 80).trim().toUpperCase()];
  if (meant) return `write ${meant.map((name) => `"${name}"`).join(" or ")}, not an abbreviation`;
  const systemV = /^SystemV\/(\w+)$/i.exec(zone)?.[1]?.toUpperCase();
  if (systemV !== undefined) return `did you mean "${systemV}"?`;
  const wanted = zone.slice(0, 80).trim().toLowerCase().replaceAll(" ", "_");
  return isNoPlace(wanted) ? 'name a city such as "Europe/Madrid"' : suggestion(wanted);
};

const oneSuchAs = 'write one such as "UTC" or "Europe/Madrid"';

/** What people call a part of the world's time, in winter or in summer: `cest`, `gmt+1`, `pacific_time`, `us/eastern_time`. */
const isNoPlace = (wanted: string): boolean =>
  /^[a-z]{1,4}t$/.test(wanted) ||
  /^(?:gmt|utc)_?[+-]?_?\d/.test(wanted) ||
  /(?:^|_)time$/.test(wanted) ||
  /^(?:atlantic|eastern|central|mountain|pacific)$/.test(wanted);

/** Most mistakes are a few letters; further off, or in a short word, a guess would mislead. */
const suggestion = (wanted: string): string => {
  const limit = wanted.length < 6 ? 1 : Math.max(2, wanted.length / 5);
  const { name, slips } = [...modernNames, ...Intl.supportedValuesOf("timeZone")]
    .map((name) => ({ name, slips: slipsTo(name.toLowerCase(), { wanted, limit }) }))
    .reduce((best, next) => (next.slips < best.slips ? next : best));
  return slips <= limit ? `did you mean "${name}"?` : oneSuchAs;
};

interface Wanted {
  readonly wanted: string;
  readonly limit: number;
}

/** Slips from what was typed to a name, or to its last part, as people type the city alone. Lengths far apart need no look. */
const slipsTo = (name: string, { wanted, limit }: Wanted): number => {
  const near = [name, name.slice(name.lastIndexOf("/") + 1)].filter(
    (text) => Math.abs(text.length - wanted.length) <= limit,
  );
  return Math.min(...near.map((text) => editDistance(text, wanted)));
};

/** Levenshtein's distance: letters to add, drop or change. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  let distance = b.length;
  for (const [index, letter] of [...a].entries()) {
    let diagonal = index;
    distance = index + 1;
    const next = [distance];
    row.slice(1).forEach((above, column) => {
      distance = Math.min(above + 1, distance + 1, diagonal + (letter === b[column] ? 0 : 1));
      diagonal = above;
      next.push(distance);
    });
    row = next;
  }
  return distance;
};
