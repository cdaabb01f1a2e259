import { expect, test } from "@jest/globals";
import type { NoteKind } from "../../ports.ts";
import type { TheOutside } from "./fixture.ts";
import { many } from "./rows.ts";

const kinds: readonly NoteKind[] = ["running", "waiting", "streak"];

/** Small facts that the occurrences of a schedule share. */
export const notes = (outside: TheOutside): void => {
  test("nothing is noted until somebody does", async () => {
    const { schedules } = outside().ports;
    expect(await schedules.note("nightly", "running")).toBeUndefined();
    expect(await schedules.swapNote("nightly", "running", undefined, "greet:a")).toBe(true);
    expect(await schedules.note("nightly", "running")).toBe("greet:a");
  });

  test.each([
    ["nothing", undefined],
    ["another text", "greet:b"],
    ["an empty text", ""],
  ])("who has read %s writes nothing over what stands there", async (_, read) => {
    const { schedules } = outside().ports;
    await schedules.swapNote("nightly", "running", undefined, "greet:a");
    expect(await schedules.swapNote("nightly", "running", read, "greet:c")).toBe(false);
    expect(await schedules.note("nightly", "running")).toBe("greet:a");
  });

  test("who has read a text writes nothing where nothing stands", async () => {
    const { schedules } = outside().ports;
    expect(await schedules.swapNote("nightly", "running", "greet:a", "greet:b")).toBe(false);
    expect(await schedules.swapNote("nightly", "running", "", "greet:b")).toBe(false);
    expect(await schedules.note("nightly", "running")).toBeUndefined();
  });

  test("who has read what stands there replaces it, with an empty text too", async () => {
    const { schedules } = outside().ports;
    const said = ["greet:a", "", "greet:b greet:c", "é🚂 ".repeat(1_000)];
    let read: string | undefined;
    for (const text of said) {
      expect(await schedules.swapNote("nightly", "streak", read, text)).toBe(true);
      expect(await schedules.note("nightly", "streak")).toBe(text);
      read = text;
    }
  });

  test("what was to be written and stands there already is written", async () => {
    const { schedules } = outside().ports;
    await schedules.swapNote("nightly", "running", undefined, "greet:a");
    expect(await schedules.swapNote("nightly", "running", undefined, "greet:a")).toBe(true);
    expect(await schedules.swapNote("nightly", "running", "greet:z", "greet:a")).toBe(true);
  });

  test.each([undefined, "greet:first"])("of many who have read %j, one writes", async (first) => {
    const { schedules } = outside().ports;
    if (first !== undefined) await schedules.swapNote("nightly", "running", undefined, first);
    const answers = await Promise.all(
      many(6, (i) => schedules.swapNote("nightly", "running", first, `greet:${i}`)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await schedules.note("nightly", "running")).toBe(`greet:${answers.indexOf(true)}`);
  });

  test("schedules and kinds are kept apart, and from the schedule's row", async () => {
    const { schedules } = outside().ports;
    for (const kind of kinds) await schedules.swapNote("nightly", kind, undefined, `greet:${kind}`);
    await schedules.swapNote("night", "running", undefined, "greet:other");
    const read = await Promise.all(kinds.map((kind) => schedules.note("nightly", kind)));
    expect(read).toEqual(kinds.map((kind) => `greet:${kind}`));
    expect(await schedules.note("night", "waiting")).toBeUndefined();
    expect((await schedules.read(["nightly", "night"])).size).toBe(0);
    expect(await schedules.ledger("nightly", { limit: 10 })).toEqual([]);
  });
};
