import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { attribute, hasExpired, itemOf, rowOf } from "../../../shared/aws/dynamodb/item.ts";
import { createMemory } from "../../../shared/testing/memory.ts";

test("makes no attribute for undefined members of a row", () => {
  expect(itemOf({ a: "x", b: undefined, c: { d: undefined, e: true } })).toEqual({
    a: { S: "x" },
    c: { M: { e: { BOOL: true } } },
  });
});

test("replaces a lone surrogate anywhere in a row", () => {
  const half = "🚂".slice(0, 1);
  expect(attribute({ list: [half, null], map: { text: `a${half}` }, whole: "🚂" })).toEqual({
    M: {
      list: { L: [{ S: "\ufffd" }, { NULL: true }] },
      map: { M: { text: { S: "a\ufffd" } } },
      whole: { S: "🚂" },
    },
  });
});

test("expires an item when the second of its TTL begins", () => {
  expect(hasExpired({ ttl: { N: "10" } }, 9_999)).toBe(false);
  expect(hasExpired({ ttl: { N: "10" } }, 10_000)).toBe(true);
  expect(hasExpired({}, 10_000)).toBe(false);
});

describe("a row", () => {
  const schema = z.object({ id: z.string(), generation: z.int() });

  test("is parsed from the item by its schema", () => {
    const { log } = createMemory().ports;
    const item = { id: { S: "a" }, generation: { N: "1" }, nonce: { S: "n" } };
    expect(rowOf(schema, item, { now: 0, log })).toEqual({ id: "a", generation: 1 });
    expect(rowOf(schema, undefined, { now: 0, log })).toBeUndefined();
    expect(rowOf(schema, { ...item, ttl: { N: "1" } }, { now: 1_000, log })).toBeUndefined();
  });

  test("is logged and absent when the schema rejects the item", () => {
    const { ports, lines } = createMemory();
    const log = ports.log;
    expect(rowOf(schema, { id: { S: "a" }, generation: { S: "1" } }, { now: 0, log })).toBeUndefined();
    expect(rowOf(schema, { pk: { S: "p" }, sk: { S: "s" } }, { now: 0, log })).toBeUndefined();
    expect(lines).toMatchObject([
      {
        level: "error",
        facts: { key: "a", problem: "generation: Invalid input: expected number, received string" },
      },
      { level: "error", facts: { key: "p s" } },
    ]);
  });
});
