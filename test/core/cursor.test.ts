import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as z from "zod";
import { decodeCursor, encodeCursor } from "../../shared/core/cursor.ts";
import { anyUnit } from "./runs/any-run.ts";

const schema = z.object({ shard: z.int(), after: z.string().optional() });

describe("a cursor", () => {
  test("decodes to the position that it was made of", () => {
    const anyPosition = fc.record(
      { shard: fc.integer(), after: fc.string({ unit: anyUnit }) },
      { requiredKeys: ["shard"] },
    );
    fc.assert(
      fc.property(anyPosition, (position) => {
        const cursor = encodeCursor(position);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(decodeCursor(cursor, schema)).toEqual(position);
      }),
    );
  });

  test.each([
    ["is empty", ""],
    ["is no JSON inside", Buffer.from("next").toString("base64url")],
    ["was cut", encodeCursor({ shard: 3, after: "greet:k" }).slice(0, -3)],
    ["is of another list", encodeCursor({ page: 3 })],
    ["has another type at a place", encodeCursor({ shard: "3" })],
  ])("is refused with what to do when it %s", (_, cursor) => {
    expect(() => decodeCursor(cursor, schema)).toThrow(
      `cursor: expected the cursor that the page before has answered, got ${JSON.stringify(cursor)}; copy it whole, or leave it out to begin with the first page`,
    );
  });

  test("is shown in its refusal by its first 80 characters", () => {
    expect(() => decodeCursor("x".repeat(1_000), schema)).toThrow(`got "${"x".repeat(80)}";`);
  });
});
