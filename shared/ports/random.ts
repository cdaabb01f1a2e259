export interface Random {
  /** From 0 up to, not including, 1. */
  unit(): number;
  /** A new ULID of the instant `now`. */
  id(now: number): string;
}
