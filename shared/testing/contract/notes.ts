import { expect, test } from "@jest/globals";
import type { NoteKind } from "../../ports/index.ts";
import type { GetFixture } from "./fixture.ts";
import { many } from "./rows.ts";

const kinds: readonly NoteKind[] = ["running", "buffered", "consecutive-deaths"];

/** Tests of the notes that the occurrences of a schedule share. */
export const notes = (fixture: GetFixture): void => {
  test("answers no note before the first write", async () => {
    const { notes } = fixture().ports;
    expect(await notes.read("nightly", "running")).toBeUndefined();
    expect(await notes.swap("nightly", "running", undefined, "greet:a")).toBe(true);
    expect(await notes.read("nightly", "running")).toBe("greet:a");
  });

  test.each([
    ["nothing", undefined],
    ["another text", "greet:b"],
    ["an empty text", ""],
  ])("refuses to replace a note for a writer that has read %s", async (_, read) => {
    const { notes } = fixture().ports;
    await notes.swap("nightly", "running", undefined, "greet:a");
    expect(await notes.swap("nightly", "running", read, "greet:c")).toBe(false);
    expect(await notes.read("nightly", "running")).toBe("greet:a");
  });

  test("refuses to create a note for a writer that has read a text", async () => {
    const { notes } = fixture().ports;
    expect(await notes.swap("nightly", "running", "greet:a", "greet:b")).toBe(false);
    expect(await notes.swap("nightly", "running", "", "greet:b")).toBe(false);
    expect(await notes.read("nightly", "running")).toBeUndefined();
  });

  test("replaces a note for a writer that has read it, with an empty text too", async () => {
    const { notes } = fixture().ports;
    const texts = ["greet:a", "", "greet:b greet:c", "é🚂 ".repeat(1_000)];
    let read: string | undefined;
    for (const text of texts) {
      expect(await notes.swap("nightly", "consecutive-deaths", read, text)).toBe(true);
      expect(await notes.read("nightly", "consecutive-deaths")).toBe(text);
      read = text;
    }
  });

  test("accepts a write of the text that the note already has", async () => {
    const { notes } = fixture().ports;
    await notes.swap("nightly", "running", undefined, "greet:a");
    expect(await notes.swap("nightly", "running", undefined, "greet:a")).toBe(true);
    expect(await notes.swap("nightly", "running", "greet:z", "greet:a")).toBe(true);
  });

  test.each([undefined, "greet:first"])(
    "accepts one of many concurrent writes by readers of %j",
    async (first) => {
      const { notes } = fixture().ports;
      if (first !== undefined) await notes.swap("nightly", "running", undefined, first);
      const answers = await Promise.all(
        many(6, (i) => notes.swap("nightly", "running", first, `greet:${i}`)),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await notes.read("nightly", "running")).toBe(`greet:${answers.indexOf(true)}`);
    },
  );

  test("keeps notes apart by schedule and kind, and from the schedule's row", async () => {
    const { schedules, ledger, notes } = fixture().ports;
    for (const kind of kinds) await notes.swap("nightly", kind, undefined, `greet:${kind}`);
    await notes.swap("night", "running", undefined, "greet:other");
    const read = await Promise.all(kinds.map((kind) => notes.read("nightly", kind)));
    expect(read).toEqual(kinds.map((kind) => `greet:${kind}`));
    expect(await notes.read("night", "buffered")).toBeUndefined();
    expect((await schedules.read(["nightly", "night"])).size).toBe(0);
    expect(await ledger.list("nightly", { limit: 10 })).toEqual([]);
  });
};
