/** Which occurrence runs, which one waits for its turn, which runs died one after another, and the schedules that code ever had. */
export type NoteKind = "running" | "buffered" | "consecutive-deaths" | "code-schedule-names";

/** Small facts about a schedule that its occurrences share. */
export interface Notes {
  /** Consistent. Undefined: never written. */
  read(schedule: string, kind: NoteKind): Promise<string | undefined>;
  /** Compare and set: write a note if it still says `from`. Answers whether it says `to` now. */
  swap(schedule: string, kind: NoteKind, from: string | undefined, to: string): Promise<boolean>;
}
