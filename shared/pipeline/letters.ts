import { cut } from "../core/failure.ts";
import { bytesOf } from "../core/json.ts";
import type { LaneName } from "../core/lane.ts";
import { mostMessageBytes } from "../core/message.ts";
import type { Run } from "../core/run.ts";
import type { Ports } from "../ports.ts";
import { outgoingMessage } from "./runs/outgoing-message.ts";

type LetterPorts = Pick<Ports, "queue" | "clock" | "log">;

/** Puts a dead run's letter on its lane's dead-letter queue. `run` is the row after its death. */
export const buryRun = (
  ports: LetterPorts,
  run: Run,
  { reason, diedAt }: { readonly reason: string; readonly diedAt: number },
): Promise<boolean> => {
  const death = { reason, at: diedAt, attempt: run.attempt, ...(run.error && { error: run.error }) };
  return bury(ports, outgoingMessage(run, ports.clock.now(), { death }), reason);
};

/** Puts a message that is no run's aside, untouched, with the reason beside it. */
export const buryMessage = (
  ports: LetterPorts,
  lane: LaneName,
  { body, messageId }: { readonly body: string; readonly messageId: string },
  reason: string,
): Promise<boolean> => {
  // The dead letter gets another id; by this one its sender finds it.
  ports.log.warn("message refused", { lane, reason, messageId, body: cut(body, loggedCharacters) });
  return bury(ports, { lane, body }, reason);
};

const loggedCharacters = 200;

const reasonLength = 400;
const shortestReason = 20;

/** How many characters of a reason fit beside a body. Each takes up to three bytes; the attribute itself takes twelve. */
const roomForReason = (body: string): number =>
  Math.min(reasonLength, Math.floor((mostMessageBytes - bytesOf(body) - 12) / 3));

/** Whether a dead letter can say why it is one. */
export const hasRoomForReason = (body: string): boolean => roomForReason(body) >= shortestReason;

const bury = async (
  { queue, log }: LetterPorts,
  letter: { readonly lane: LaneName; readonly body: string; readonly tenant?: string | undefined },
  reason: string,
): Promise<boolean> => {
  const [problem] = await queue
    .bury([
      {
        ...letter,
        delaySeconds: 0,
        reason: cut(printable(reason), Math.max(shortestReason, roomForReason(letter.body))),
      },
    ])
    .catch((error: unknown) => [String(error)]);
  if (problem !== undefined) log.error("dead letter not sent", { lane: letter.lane, problem });
  return problem === undefined;
};

/** SQS refuses attributes with characters that XML cannot say. */
const printable = (text: string): string =>
  text.replace(/[^\x20-\ud7ff\ue000-\ufffd]/g, " ").trim() || "no reason given";
