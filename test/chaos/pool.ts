/** Does something to each, so many at a time. Answers in order. */
export const pooled = async <One, Answer>(
  all: readonly One[],
  atOnce: number,
  act: (one: One) => Promise<Answer>,
): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  const left = [...all.entries()].reverse();
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) answers[next[0]] = await act(next[1]);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return answers;
};
