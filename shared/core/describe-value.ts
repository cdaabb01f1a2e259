const maxLength = 64;

/** What was given in place of what was expected, for an error: one short phrase, whatever it is. */
export const describeValue = (value: unknown): string => {
  if (value === null || typeof value !== "object") return describePrimitive(value);
  if (Array.isArray(value)) return "an array";
  if (Object.prototype.toString.call(value) === "[object Date]") return "an invalid Date";
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object" && name !== ""
    ? `an instance of ${name}`
    : "an object";
};

const describePrimitive = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return truncated(JSON.stringify(value));
    case "function":
      return "a function";
    case "bigint":
      return truncated(`${value}n`);
    default:
      return truncated(String(value));
  }
};

const truncated = (text: string): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).toWellFormed()}…`;
