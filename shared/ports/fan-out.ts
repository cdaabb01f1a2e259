/** Hand shards of the timer index to further invocations of the dispatcher. Answers whether they were accepted. */
export type FanOut = (shards: readonly number[]) => Promise<boolean>;
