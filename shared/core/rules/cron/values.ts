import { type Field, rangeOf, wrong } from "./unit.ts";

/** The values that a comma-separated field names, ascending, each once. */
export const parseValues = (field: Field): readonly number[] => {
  const values = field.text.split(",").flatMap((item) => parseItem(item, field));
  return [...new Set(values)].sort((a, b) => a - b);
};

/** `5`, `1-5` or `*`, and a step. The parts are checked later. */
const itemPattern = /^([^-/]+)(?:-([^-/]+))?(?:\/([^-/]+))?$/;

/**
 * The values of one item: `*`, `5`, `1-5`, each with or without `/step`. A lone value with a step runs to the end. Where
 * the field wraps, `22-2` is 22, 23, 0, 1, 2, and a step counts across the end.
 */
export const parseItem = (item: string, field: Field): readonly number[] => {
  const [, low, high, stepText] = itemPattern.exec(item) ?? [];
  if (low === undefined) {
    throw wrong(field, `${rangeOf(field.unit)}, a range such as 2-5, or a step such as */5`, item);
  }
  const step = stepText === undefined ? 1 : parseStep(stepText, field);
  const isStar = low === "*" && high === undefined;
  const first = isStar ? field.unit.min : parseValue(low, field);
  const last = parseLast(high, field) ?? (isStar || stepText !== undefined ? topOf(field) : first);
  if (first > last && !field.wraps) throw wrong(field, ascending(item, field, { low, high }), item);
  const size = topOf(field) - field.unit.min + 1;
  const length = first > last ? last - first + size : last - first;
  const values = Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => first + index * step);
  return first > last ? values.map((value) => (value > topOf(field) ? value - size : value)) : values;
};

interface Range {
  readonly low: string;
  readonly high: string | undefined;
}

/** What to write instead of a range that wraps: two ranges. Of lone values, only Sunday's 7 is beyond the end. */
const ascending = (item: string, { unit }: Field, { low, high }: Range): string => {
  if (high === undefined) return "0 for Sunday before a step";
  const expected = "a range from the lower to the higher value";
  if (item.includes("/")) return expected;
  const [first, last] = unit.names ? [unit.names[0], unit.names.at(-1)] : [unit.min, unit.top ?? unit.max];
  return `${expected}, such as ${low}-${last},${first}-${high}`;
};

/** One number or name. */
export const parseValue = (text: string, field: Field): number => {
  const { unit } = field;
  const named = unit.names?.indexOf(text) ?? -1;
  const value = named >= 0 ? unit.min + named : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= unit.min && value <= unit.max) {
    return value;
  }
  throw wrong(field, rangeOf(unit), text);
};

const parseLast = (text: string | undefined, field: Field): number | undefined => {
  if (text === undefined) {
    return undefined;
  }
  return (text === "SUN" ? field.unit.lastSunday : undefined) ?? parseValue(text, field);
};

/** A step longer than the whole field is a mistake: the author of a minute of "*\/90" means 90 minutes, and would get 60. */
const parseStep = (text: string, field: Field): number => {
  const size = topOf(field) - field.unit.min + 1;
  const step = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (step < 1 || step > size) {
    throw wrong(field, `a step of 1 to ${size}`, `/${text}`);
  }
  return step;
};

const topOf = ({ unit }: Field): number => unit.top ?? unit.max;
