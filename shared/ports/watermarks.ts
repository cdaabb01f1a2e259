/** How far recurring work has come, in milliseconds since 1970. */
export interface Watermarks {
  /** Advance a mark; it never moves back. Answers where it is now. */
  advance(name: string, to: number): Promise<number>;
  /** All marks by name. */
  read(): Promise<ReadonlyMap<string, number>>;
}
