import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { attribute, hasExpired, itemOf, rowOf } from "../../../shared/aws/dynamodb/item.ts";
import { createMemory } from "../../../shared/testing/memory.ts";

test("an item has no attribute that its row has not", () => {
  expect(itemOf({ a: "x", b: undefined, c: { d: undefined, e: true } })).toEqual({
    a: { S: "x" },
    c: { M: { e: { BOOL: true } } },
  });
});

test("half a character becomes the mark of one, wherever it stands", () => {
  const half = "🚂".slice(0, 1);
  expect(attribute({ list: [half, null], map: { text: `a${half}` }, whole: "🚂" })).toEqual({
    M: {
      list: { L: [{ S: "\ufffd" }, { NULL: true }] },
      map: { M: { text: { S: "a\ufffd" } } },
      whole: { S: "🚂" },
    },
  });
});

test("an item expires when the second of its TTL begins", () => {
  expect(hasExpired({ ttl: { N: "10" } }, 9_999)).toBe(false);
  expect(hasExpired({ ttl: { N: "10" } }, 10_000)).toBe(true);
  expect(hasExpired({}, 10_000)).toBe(false);
});

describe("a row", () => {
  const schema = z.object({ id: z.string(), generation: z.int() });

  test("is what its schema makes of the item", () => {
    const { log } = createMemory().ports;
    const item = { id: { S: "a" }, generation: { N: "1" }, nonce: { S: "n" } };
    expect(rowOf(schema, item, { now: 0, log })).toEqual({ id: "a", generation: 1 });
    expect(rowOf(schema, undefined, { now: 0, log })).toBeUndefined();
    expect(rowOf(schema, { ...item, ttl: { N: "1" } }, { now: 1_000, log })).toBeUndefined();
  });

  test("that its schema refuses is told and absent", () => {
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
