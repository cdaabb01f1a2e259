/** At least so many characters of the end of an id are kept: they tell apart the runs of one schedule. */
const minEnd = 8;

/** The text, or as much of its beginning as fits. */
export const cutEnd = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;

/** The text, or its ends: of an id the job and its colon, if they fit, and as much of the end as there is room for. */
export const cutMiddle = (text: string, width: number): string => {
  if (text.length <= width) return text;
  const job = text.indexOf(":") + 1;
  const room = Math.max(2, width - 1);
  const head = job > 0 && job + minEnd <= room ? job : Math.floor(room / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (room - head))}`;
};
