/** What can be read of something thrown, which may be anything and may throw again when it is read. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  /** A system's or a library's code, such as ECONNREFUSED, when the message does not have it. */
  readonly code: string | undefined;
  readonly stack: string | undefined;
  /** The errors of an AggregateError. */
  readonly parts: readonly unknown[];
  readonly cause: unknown;
}

const maxParts = 5;

/** Never throws. An error of another realm is one too. */
export const readThrown = (thrown: unknown): Thrown => {
  try {
    if (isErrorLike(thrown)) return readError(thrown);
    if (typeof thrown === "string") return noError(thrown);
    return noError(`threw ${describe(thrown)} instead of an Error`);
  } catch {
    return noError(`threw a value (${typeof thrown}) that cannot be described`);
  }
};

/** Libraries also throw plain objects that have the message of an error. */
const isErrorLike = (thrown: unknown): thrown is object =>
  Error.isError(thrown) ||
  (typeof thrown === "object" && thrown !== null && typeof Reflect.get(thrown, "message") === "string");

const readError = (error: object): Thrown => {
  const field = (key: string): unknown => Reflect.get(error, key);
  const message = String(field("message"));
  const name = String(field("name") ?? "Error") || "Error";
  return {
    name,
    message,
    code: codeOf(field("code"), { name, message, error }),
    stack: textOf(field("stack")),
    parts: partsOf(field("errors")),
    cause: field("cause"),
  };
};

const noError = (message: string): Thrown => ({
  name: "Error",
  message,
  code: undefined,
  stack: undefined,
  parts: [],
  cause: undefined,
});

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A DOMException has a number that says nothing, and our own errors have codes for programs. */
const codeOf = (
  code: unknown,
  { name, message, error }: { readonly name: string; readonly message: string; readonly error: object },
): string | undefined => {
  if (typeof code !== "string" && typeof code !== "number") return undefined;
  const isOfNoUse = code === "" || error instanceof DOMException || "details" in error;
  const text = String(code);
  return isOfNoUse || message.includes(text) || name === text ? undefined : text;
};

const partsOf = (errors: unknown): readonly unknown[] =>
  Array.isArray(errors) ? errors.slice(0, maxParts) : [];

const describe = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? String(part) : part)) ??
  String(value);
