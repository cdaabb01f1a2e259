import { describe, expect, test } from "@jest/globals";
import { readableJson } from "../../../cli/terminal/json.ts";

describe("readableJson", () => {
  test("prints one line when the value fits, and breaks it up otherwise", () => {
    const value = {
      months: [
        { month: 1, wet: 20 },
        { month: 2, wet: 8 },
      ],
      days: 59,
    };
    expect(readableJson(value, 80)).toBe(JSON.stringify(value));
    expect(readableJson(value, 30)).toBe(
      [
        "{",
        '  "months": [',
        '    {"month":1,"wet":20},',
        '    {"month":2,"wet":8}',
        "  ],",
        '  "days": 59',
        "}",
      ].join("\n"),
    );
  });

  test.each([[null], ["a long text that fits nowhere"], [7], [[]], [{}]])(
    "prints valid JSON of %j",
    (value) => {
      expect(JSON.parse(readableJson(value, 1))).toEqual(value);
    },
  );
});
