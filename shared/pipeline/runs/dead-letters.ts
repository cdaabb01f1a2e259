import { bytesOf } from "../../core/json.ts";
import type { LaneName } from "../../core/lane.ts";
import { truncate } from "../../core/runs/failure.ts";
import { maxMessageBytes } from "../../core/runs/message.ts";
import type { Run } from "../../core/runs/run.ts";
import type { DeadLetter, OutgoingMessage, Ports, TextAttributes } from "../../ports/index.ts";
import { outgoingMessage } from "./outgoing-message.ts";

type DeadLetterPorts = Pick<Ports, "queue" | "clock" | "log">;

/** Send the dead letter of a dead run to its lane's dead-letter queue. @param run the row after its death */
export const deadLetterRun = (
  ports: DeadLetterPorts,
  run: Run,
  { reason, diedAt }: { readonly reason: string; readonly diedAt: number },
): Promise<boolean> => {
  const death = { reason, at: diedAt, attempt: run.claimCount, ...(run.error && { error: run.error }) };
  return sendDeadLetter(ports, outgoingMessage(run, ports.clock.now(), { death }), reason);
};

/** A message that cannot become a run, as a queue delivered it. */
type Refused = Pick<DeadLetter, "body" | "messageId"> & { readonly attributes?: TextAttributes | undefined };

/** Send a message that cannot become a run to the dead-letter queue, its body unchanged, with the reason beside it. */
export const deadLetterMessage = (
  ports: DeadLetterPorts,
  lane: LaneName,
  { body, messageId, attributes = {} }: Refused,
  reason: string,
): Promise<boolean> => {
  // The dead letter gets another id. Its sender knows this one.
  ports.log.warn("message refused", { lane, reason, messageId, body: truncate(body, loggedCharacters) });
  return sendDeadLetter(
    ports,
    { lane, body, delaySeconds: 0, attributes: keptAttributes(body, attributes) },
    reason,
  );
};

const loggedCharacters = 200;

const reasonLength = 400;
const shortestReason = 20;

/** SQS allows ten attributes, and the reason is one of them. */
const maxAttributes = 9;

/** As many of the sender's attributes as fit beside the body and a short reason. Ours replaces one named `reason`. */
const keptAttributes = (body: string, attributes: TextAttributes): TextAttributes => {
  const kept: Record<string, string> = {};
  const entries = Object.entries(attributes).filter(([name]) => name !== "reason");
  for (const [name, text] of entries.slice(0, maxAttributes)) {
    if (roomForReason(body, { ...kept, [name]: text }) >= shortestReason) kept[name] = text;
  }
  return kept;
};

/**
 * How many characters of a reason fit beside a body and other attributes. Each takes up to three bytes; the attribute
 * itself takes twelve.
 */
const roomForReason = (body: string, attributes: TextAttributes = {}): number =>
  Math.min(reasonLength, Math.floor((maxMessageBytes - bytesOf(body) - attributeBytes(attributes) - 12) / 3));

/** As SQS counts: names, types and values. */
const attributeBytes = (attributes: TextAttributes): number =>
  Object.entries(attributes).reduce((sum, [name, text]) => sum + bytesOf(`${name}String${text}`), 0);

/** Whether a reason fits beside the body. */
export const hasRoomForReason = (body: string): boolean => roomForReason(body) >= shortestReason;

const sendDeadLetter = async (
  { queue, log }: DeadLetterPorts,
  deadLetter: OutgoingMessage,
  reason: string,
): Promise<boolean> => {
  const room = Math.max(shortestReason, roomForReason(deadLetter.body, deadLetter.attributes));
  const [error] = await queue
    .sendDeadLetters([{ ...deadLetter, reason: truncate(printable(reason), room) }])
    .catch((error: unknown) => [error ?? "unknown error"]);
  if (error !== undefined) log.error("dead letter not sent", { lane: deadLetter.lane, error });
  return error === undefined;
};

/** Replace characters that XML, and so an attribute in SQS, cannot hold. */
const printable = (text: string): string =>
  text.replace(/[^\x20-\ud7ff\ue000-\ufffd]/g, " ").trim() || "no reason given";
