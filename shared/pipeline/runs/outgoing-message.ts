import { type Message, messageFor } from "../../core/runs/message.ts";
import { delaySeconds } from "../../core/runs/new-run.ts";
import type { Run } from "../../core/runs/run.ts";
import type { OutgoingMessage } from "../../ports/index.ts";

export interface MessageParts {
  /** The input's JSON text, where the sender has one at hand that is too large for the row. */
  readonly input?: string | undefined;
  /** On a dead letter: how the run died. */
  readonly death?: Message["death"];
}

/**
 * The message that brings a run to its worker, or its dead letter to an operator. It arrives when the run may be
 * claimed, up to a second early.
 * @param now when it is sent: the queue counts the delay from then
 */
export const outgoingMessage = (run: Run, now: number, parts: MessageParts = {}): OutgoingMessage => ({
  lane: run.lane,
  body: messageFor(run, now, parts.input ?? run.input, parts.death),
  delaySeconds: delaySeconds(run.availableAt, now),
  tenant: run.tenant,
});
