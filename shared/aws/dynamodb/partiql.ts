import type { BatchStatementRequest } from "@aws-sdk/client-dynamodb";
import { attribute, type Item } from "./item.ts";

/**
 * An update in the subset of PartiQL that DynamoDB, DynamoDB Local, MiniStack and dynoxide share: every name is quoted,
 * since many are reserved words; every value is a parameter; one SET, then at most one REMOVE of one attribute.
 */
export interface Update {
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly set: Readonly<Record<string, unknown>>;
  /** A numeric attribute to increment by one. Not a reserved word: dynoxide has no quoted names on the right of `=`. */
  readonly increment?: string;
  readonly drop?: string | undefined;
  /** The value that each attribute must have. Undefined: the attribute must be absent. */
  readonly when: Readonly<Record<string, unknown>>;
  readonly atMost?: Readonly<Record<string, number>>;
  /** Return the whole item as it is after the update. */
  readonly returns?: boolean;
}

interface Clause {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Build a statement that updates an existing item if the conditions `when` and `atMost` hold. */
export const updateStatement = (update: Update): BatchStatementRequest => {
  const { table, key, set, increment, drop, when, atMost = {}, returns = false } = update;
  const assignments = Object.entries(set).map(([name, value]) => clause(`"${name}"=?`, value));
  const increments = increment === undefined ? [] : [clause(`"${increment}"=${increment}+1`)];
  const conditions = [...equalities(key), ...equalities(when), ...upperBounds(atMost)];
  const where = joined(conditions, " AND ");
  const setting = joined([...assignments, ...increments], ", ");
  const parts = [
    `UPDATE "${table}"`,
    ...(setting.text ? [`SET ${setting.text}`] : []),
    ...(drop === undefined ? [] : [`REMOVE "${drop}"`]),
    `WHERE ${where.text}`,
    ...(returns ? ["RETURNING ALL NEW *"] : []),
  ];
  return statement(parts.join(" "), [...setting.values, ...where.values]);
};

/** Build a statement that inserts an item unless its key exists. */
export const insertStatement = (table: string, item: Item): BatchStatementRequest => {
  const members = Object.keys(item).map((name) => `'${name}':?`);
  return {
    Statement: `INSERT INTO "${table}" VALUE {${members.join(", ")}}`,
    Parameters: Object.values(item),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
};

const statement = (text: string, values: readonly unknown[]): BatchStatementRequest => ({
  Statement: text,
  Parameters: values.map(attribute),
  ReturnValuesOnConditionCheckFailure: "ALL_OLD",
});

const clause = (text: string, ...values: readonly unknown[]): Clause => ({ text, values });

const equalities = (wanted: Readonly<Record<string, unknown>>): readonly Clause[] =>
  Object.entries(wanted).map(([name, value]) =>
    value === undefined ? clause(`"${name}" IS MISSING`) : clause(`"${name}"=?`, value),
  );

const upperBounds = (bounds: Readonly<Record<string, number>>): readonly Clause[] =>
  Object.entries(bounds).map(([name, value]) => clause(`"${name}"<=?`, value));

const joined = (clauses: readonly Clause[], separator: string): Clause => ({
  text: clauses.map(({ text }) => text).join(separator),
  values: clauses.flatMap(({ values }) => values),
});
