import { expect, test } from "@jest/globals";
import type { NoteKind } from "../../ports/index.ts";
import type { GetFixture } from "./fixture.ts";
import { many } from "./rows.ts";

const kinds: readonly NoteKind[] = ["running", "buffered", "consecutive-deaths"];

/** Small facts that the occurrences of a schedule share. */
export const notes = (outside: GetFixture): void => {
  test("nothing is noted until somebody does", async () => {
    const { notes } = outside().ports;
    expect(await notes.read("nightly", "running")).toBeUndefined();
    expect(await notes.swap("nightly", "running", undefined, "greet:a")).toBe(true);
    expect(await notes.read("nightly", "running")).toBe("greet:a");
  });

  test.each([
    ["nothing", undefined],
    ["another text", "greet:b"],
    ["an empty text", ""],
  ])("who has read %s writes nothing over what stands there", async (_, read) => {
    const { notes } = outside().ports;
    await notes.swap("nightly", "running", undefined, "greet:a");
    expect(await notes.swap("nightly", "running", read, "greet:c")).toBe(false);
    expect(await notes.read("nightly", "running")).toBe("greet:a");
  });

  test("who has read a text writes nothing where nothing stands", async () => {
    const { notes } = outside().ports;
    expect(await notes.swap("nightly", "running", "greet:a", "greet:b")).toBe(false);
    expect(await notes.swap("nightly", "running", "", "greet:b")).toBe(false);
    expect(await notes.read("nightly", "running")).toBeUndefined();
  });

  test("who has read what stands there replaces it, with an empty text too", async () => {
    const { notes } = outside().ports;
    const said = ["greet:a", "", "greet:b greet:c", "é🚂 ".repeat(1_000)];
    let read: string | undefined;
    for (const text of said) {
      expect(await notes.swap("nightly", "consecutive-deaths", read, text)).toBe(true);
      expect(await notes.read("nightly", "consecutive-deaths")).toBe(text);
      read = text;
    }
  });

  test("what was to be written and stands there already is written", async () => {
    const { notes } = outside().ports;
    await notes.swap("nightly", "running", undefined, "greet:a");
    expect(await notes.swap("nightly", "running", undefined, "greet:a")).toBe(true);
    expect(await notes.swap("nightly", "running", "greet:z", "greet:a")).toBe(true);
  });

  test.each([undefined, "greet:first"])("of many who have read %j, one writes", async (first) => {
    const { notes } = outside().ports;
    if (first !== undefined) await notes.swap("nightly", "running", undefined, first);
    const answers = await Promise.all(many(6, (i) => notes.swap("nightly", "running", first, `greet:${i}`)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await notes.read("nightly", "running")).toBe(`greet:${answers.indexOf(true)}`);
  });

  test("schedules and kinds are kept apart, and from the schedule's row", async () => {
    const { schedules, ledger, notes } = outside().ports;
    for (const kind of kinds) await notes.swap("nightly", kind, undefined, `greet:${kind}`);
    await notes.swap("night", "running", undefined, "greet:other");
    const read = await Promise.all(kinds.map((kind) => notes.read("nightly", kind)));
    expect(read).toEqual(kinds.map((kind) => `greet:${kind}`));
    expect(await notes.read("night", "buffered")).toBeUndefined();
    expect((await schedules.read(["nightly", "night"])).size).toBe(0);
    expect(await ledger.list("nightly", { limit: 10 })).toEqual([]);
  });
};
