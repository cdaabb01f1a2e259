import { describeValue } from "../../describe-value.ts";
import { DefinitionError } from "../../errors.ts";
import { refuseQuestionMark } from "./foreign.ts";

/** How a text was read: by its number of fields, or by AWS's wrappers. */
export type Dialect = "unix5" | "sec6" | "sec7" | "aws6" | "aws-rate";

/** A text taken apart, its values not checked yet. */
export interface Expression {
  readonly dialect: Dialect;
  /** Second, minute, hour, day of month, month, day of week, and the year where there is one. */
  readonly fields: readonly string[];
  /** The fields alone as they were written, in capitals: of `@daily`, `0 0 * * *`. */
  readonly bare: string;
  /** The whole text, blanks tidied. */
  readonly text: string;
}

const maxLength = 256;

/**
 * A text on one line of plain characters with its blanks tidied. First of all checks: nothing later sees a long text.
 * @throws DefinitionError when it is no text, is longer than 256 characters, or has control or non-ASCII characters.
 */
export const tidy = (text: string, field: string): string => {
  if (typeof text !== "string") {
    throw new DefinitionError(field, { expected: 'a text such as "0 3 * * *"', got: describeValue(text) });
  }
  if (text.length > maxLength) {
    throw new DefinitionError(field, {
      expected: `at most ${maxLength} characters`,
      got: String(text.length),
    });
  }
  if (!/^[\t -~]*$/.test(text)) {
    throw new DefinitionError(field, { expected: "one line of plain ASCII", got: JSON.stringify(text) });
  }
  return text.trim().replaceAll(/[\t ]+/g, " ");
};

/**
 * Takes a tidy text apart.
 * @throws DefinitionError when it has not the shape of any dialect.
 */
export const parseExpression = (text: string): Expression => {
  if (text.startsWith("@")) {
    return unwrapped(text, nicknames.get(text.toLowerCase()) ?? refuseNickname(text));
  }
  const isAws = /^cron\(/i.test(text);
  return isAws ? awsExpression(`cron${text.slice("cron".length)}`) : unwrapped(text, text);
};

const nicknames = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

const refuseNickname = (text: string): never => {
  throw new DefinitionError("cron", {
    expected: `one of ${[...nicknames.keys()].join(", ")}`,
    got: `"${text}"`,
  });
};

const unwrapped = (text: string, written: string): Expression => {
  if (written.includes("?")) refuseQuestionMark(written);
  const bare = written.toUpperCase();
  const fields = bare.split(" ");
  const common = { bare, text };
  switch (fields.length) {
    case 5:
      return { ...common, dialect: "unix5", fields: ["0", ...fields] };
    case 6:
      return { ...common, dialect: "sec6", fields };
    case 7:
      return { ...common, dialect: "sec7", fields };
    default: {
      const shapes =
        "5 fields (minute hour day-of-month month day-of-week), 6 with seconds before them, or 7 with the year after them too";
      throw new DefinitionError("cron", {
        expected: shapes,
        got: `${bare === "" ? 0 : fields.length} in "${text}"`,
      });
    }
  }
};

const awsExpression = (text: string): Expression => {
  const bare = /^cron\((.*)\)$/.exec(text)?.[1]?.trim().toUpperCase();
  const fields = bare?.split(" ") ?? [];
  if (bare === undefined || fields.length !== 6) {
    const shape = "cron(minute hour day-of-month month day-of-week year)";
    throw new DefinitionError("cron", {
      expected: `the 6 fields of ${shape}, closed by ")"`,
      got: `"${text}"`,
    });
  }
  return { bare, text, dialect: "aws6", fields: ["0", ...fields] };
};
