import { expect, test } from "@jest/globals";
import { withoutUndefined } from "../../shared/core/without-undefined.ts";

test("leaves out the fields that are undefined, and keeps every other value", () => {
  const fields = withoutUndefined({ a: undefined, b: null, c: 0, d: "", e: false, f: { g: undefined } });
  expect(Object.keys(fields)).toEqual(["b", "c", "d", "e", "f"]);
  expect(fields.f).toEqual({ g: undefined });
});
