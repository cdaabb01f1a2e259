/**
 * The occurrence that runs, the buffered one, the runs that died one after another, and all schedules that code ever
 * defined.
 */
export type NoteKind = "running" | "buffered" | "consecutive-deaths" | "code-schedule-names";

/** Small facts about a schedule that its occurrences share. */
export interface Notes {
  /** Consistent. Undefined when it was never written. */
  read(schedule: string, kind: NoteKind): Promise<string | undefined>;
  /** Compare and set: write `to` if the note is still `from`. Answers whether the note is `to` now. */
  swap(schedule: string, kind: NoteKind, from: string | undefined, to: string): Promise<boolean>;
}
