import type { Clock } from "../../ports/index.ts";

export interface CoalesceOptions {
  readonly clock: Clock;
  /** How long the first item waits for others. */
  readonly windowMs: number;
  /** Whether no further item can arrive, so that waiting is pointless. Receives the number of waiting items. */
  readonly isAll?: (waiting: number) => boolean;
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Combine calls that arrive at nearly the same time into one request: `ask` sends the gathered items and answers them
 * in order. When it throws, every caller gets the error.
 */
export const coalesce = <Item, Answer>(
  ask: (items: readonly Item[]) => Promise<readonly Answer[]>,
  { clock, windowMs, isAll = () => false }: CoalesceOptions,
): ((item: Item) => Promise<Answer>) => {
  let waiting: Waiting<Item, Answer>[] = [];

  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      const answers = await ask(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, i) => {
        const answer = answers[i];
        if (answer === undefined)
          reject(new Error(`expected ${batch.length} answers to a batch, got ${answers.length}`));
        else resolve(answer);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isAll(waiting.length)) void flush();
      else if (waiting.length === 1) void clock.sleep(windowMs).then(flush);
    });
};
