/** Hand shards of the due index to further invocations of the dispatcher. Answers whether somebody took them. */
export type FanOut = (shards: readonly number[]) => Promise<boolean>;
