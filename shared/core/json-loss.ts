import { describeValue } from "./describe-value.ts";

/**
 * What JSON would change without an error, as a sentence that begins with its path; undefined when nothing is lost.
 * Members that are undefined may be left out: that is how absence is written in JavaScript. What `toJSON` answers is
 * the value, so that a valid Date is its text.
 * @param value one that `JSON.stringify` takes: without circles, and of bounded depth
 */
export const lossIn = (value: unknown): string | undefined => {
  const loss = lossAt({ value, key: "", path: [], isElement: false });
  return loss && `${loss.path.join(".") || "input"}: expected a value that JSON can carry, got ${loss.what}`;
};

interface Place {
  readonly value: unknown;
  readonly key: string;
  readonly path: readonly string[];
  /** Of an array, where nothing can be left out. */
  readonly isElement: boolean;
}

interface Loss {
  readonly path: readonly string[];
  readonly what: string;
}

const lossAt = (place: Place): Loss | undefined => {
  const { value: given, key, path, isElement } = place;
  if (isInvalidDate(given)) return { path, what: "an invalid Date, which JSON turns into null" };
  const value = jsonOf(given, key);
  if (typeof value === "number" && !Number.isFinite(value))
    return { path, what: `${value}, which JSON turns into null` };
  if (typeof value === "function" || typeof value === "symbol")
    return { path, what: `a ${typeof value}, which JSON ${isElement ? "turns into null" : "leaves out"}` };
  if (value === undefined && isElement)
    return { path, what: "undefined, which JSON turns into null in a list" };
  if (value === null || typeof value !== "object") return undefined;
  const becomes = becomesOf(value);
  if (becomes !== undefined)
    return { path, what: `${describeValue(value)}, which JSON turns into ${becomes}` };
  return Array.isArray(value) ? lossInList(value, path) : lossInMembers(value, path);
};

/** By index, since a missing entry of an array is a value that JSON turns into null. */
const lossInList = (list: readonly unknown[], path: readonly string[]): Loss | undefined => {
  for (let i = 0; i < list.length; i++) {
    const key = String(i);
    const loss = lossAt({ value: list[i], key, path: [...path, key], isElement: true });
    if (loss) return loss;
  }
  return undefined;
};

const lossInMembers = (object: object, path: readonly string[]): Loss | undefined => {
  for (const [key, value] of Object.entries(object)) {
    const loss = lossAt({ value, key, path: [...path, key], isElement: false });
    if (loss) return loss;
  }
  return undefined;
};

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** By tag and not by class: a value may come from another realm. */
const isInvalidDate = (value: unknown): boolean => tagOf(value) === "Date" && Number.isNaN(Number(value));

const jsonOf = (value: unknown, key: string): unknown => {
  if (value === null || typeof value !== "object") return value;
  const toJson: unknown = Reflect.get(value, "toJSON");
  return typeof toJson === "function" ? Reflect.apply(toJson, value, [key]) : value;
};

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (typeof prototype === "object" && Object.getPrototypeOf(prototype) === null);
};

/** What is left of an object that holds its data elsewhere than in members; undefined when it keeps all. */
const becomesOf = (value: object): string | undefined => {
  if (ArrayBuffer.isView(value)) return "an object of numbers";
  if (tagOf(value) === "Error") return "an object without its message";
  const isEmpty = !Array.isArray(value) && Object.keys(value).length === 0;
  return isEmpty && !isPlain(value) && !boxes.has(tagOf(value)) ? "{}" : undefined;
};

/** JSON takes what is in the box. */
const boxes: ReadonlySet<string> = new Set(["Number", "String", "Boolean"]);
