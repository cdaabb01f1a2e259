/** One answer of a server that says what time it is there. All in milliseconds since 1970, by two clocks. */
export interface TimeAnswer {
  readonly sentAt: number;
  readonly receivedAt: number;
  /** Of the `Date` header, which has whole seconds. Absent: the answer had none. */
  readonly serverAt: number | undefined;
}

const secondMs = 1_000;
/** A header of whole seconds, and the time that an answer takes, hide smaller differences. */
const negligibleMs = 2 * secondMs;

/** How far the server's clock is ahead of ours, in milliseconds. 0 when that cannot be said, or is too little to matter. */
export const serverOffset = ({ sentAt, receivedAt, serverAt }: TimeAnswer): number => {
  if (serverAt === undefined || Number.isNaN(serverAt)) return 0;
  const offset = Math.round(serverAt + secondMs / 2 - (sentAt + receivedAt) / 2);
  return Math.abs(offset) <= negligibleMs + (receivedAt - sentAt) / 2 ? 0 : offset;
};
