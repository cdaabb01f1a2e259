/** What came, for an error. Untyped code sends anything, of any length, and the error must still be one short sentence. */
export const came = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 64));
  return typeof value === "object" && value !== null ? "an object" : String(value).slice(0, 64);
};
