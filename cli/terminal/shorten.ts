/** Minimum number of characters kept at an id's end: they distinguish the runs of one schedule. */
const minEnd = 8;

/** Cuts the end of a text that does not fit. */
export const cutEnd = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;

/** Cuts the middle of a text that does not fit. Of an id, keeps the job with its colon if possible, and the end. */
export const cutMiddle = (text: string, width: number): string => {
  if (text.length <= width) return text;
  const job = text.indexOf(":") + 1;
  const room = Math.max(2, width - 1);
  const head = job > 0 && job + minEnd <= room ? job : Math.floor(room / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (room - head))}`;
};
