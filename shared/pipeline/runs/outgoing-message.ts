import { type Message, messageFor } from "../../core/runs/message.ts";
import { delaySeconds } from "../../core/runs/new-run.ts";
import type { Run } from "../../core/runs/run.ts";
import type { OutgoingMessage } from "../../ports/index.ts";

export interface MessageParts {
  /** The input as JSON text, if the sender has it and it is too large for the row. */
  readonly input?: string | undefined;
  /** How the run died, on a dead letter. */
  readonly death?: Message["death"];
}

/**
 * Build the message of a run, or its dead letter. The message arrives when the run may be claimed, up to a second
 * early.
 * @param now when it is sent: the queue counts the delay from then
 */
export const outgoingMessage = (run: Run, now: number, parts: MessageParts = {}): OutgoingMessage => ({
  lane: run.lane,
  body: messageFor(run, now, parts.input ?? run.input, parts.death),
  delaySeconds: delaySeconds(run.availableAt, now),
  tenant: run.tenant,
});
