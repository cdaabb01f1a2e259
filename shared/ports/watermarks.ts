/** Watermarks: how far recurring work has come, in milliseconds since 1970. */
export interface Watermarks {
  /** Advance a watermark. It never moves back. Answers its position now. */
  advance(name: string, to: number): Promise<number>;
  /** All watermarks by name. */
  read(): Promise<ReadonlyMap<string, number>>;
}
