/** An instant for a person, also one that no Date can hold: a view must show an odd row, not fail on it. */
export const isoText = (instant: number): string => {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? `${instant} ms since 1970` : date.toISOString();
};
