import { bytesOf } from "../../core/json.ts";
import { type LaneName, laneNames, maxReceiveCount, visibilityMs } from "../../core/lane.ts";
import { maxMessageBytes } from "../../core/runs/message.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { Delivery } from "../../pipeline/worker/batch.ts";
import type { Clock, DeadLetter, OutgoingMessage, Queue, TextAttributes } from "../../ports/index.ts";

interface Held {
  readonly messageId: string;
  readonly body: string;
  readonly reason?: string | undefined;
  readonly attributes?: TextAttributes | undefined;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
  receipt: string;
}

export interface MemoryQueue extends Queue {
  /** Receive as the event source mapping does: up to ten visible messages, hidden for the lane's visibility timeout. */
  receive(lane: LaneName, most?: number): readonly Delivery[];
  /** Delete as the event source mapping does: the messages that the worker acknowledged. */
  remove(lane: LaneName, deliveries: readonly Delivery[]): void;
  /** All messages, visible or not. */
  waiting(lane: LaneName): readonly { readonly body: string; readonly visibleAt: number }[];
  dead(lane: LaneName): readonly Pick<OutgoingMessage, "body" | "reason" | "attributes">[];
}

/** Create four lanes and their dead-letter queues, with the rules of SQS for visibility, delay and redrive. */
export const createQueue = (clock: Clock): MemoryQueue => {
  let count = 0;
  const lanes = new Map<LaneName, Held[]>(laneNames.map((lane) => [lane, []]));
  const dead = new Map<LaneName, Held[]>(laneNames.map((lane) => [lane, []]));
  const listOf = (lists: Map<LaneName, Held[]>, lane: LaneName): Held[] => lists.get(lane) ?? [];

  const put = (
    lists: Map<LaneName, Held[]>,
    { lane, body, delaySeconds, reason, attributes = {} }: OutgoingMessage,
  ): string | undefined => {
    const texts = Object.entries(reason === undefined ? attributes : { ...attributes, reason });
    const bytes = texts.reduce((sum, [name, text]) => sum + bytesOf(`${name}String${text}`), bytesOf(body));
    if (bytes > maxMessageBytes) return `expected at most ${maxMessageBytes} bytes`;
    const sentAt = clock.now();
    const visibleAt = sentAt + delaySeconds * 1_000;
    listOf(lists, lane).push({
      messageId: `m${++count}`,
      body,
      reason,
      ...(Object.keys(attributes).length > 0 && { attributes }),
      sentAt,
      visibleAt,
      receiveCount: 0,
      receipt: "",
    });
    return undefined;
  };

  const take = (held: Held, hiddenMs: number): Held => {
    held.receiveCount++;
    held.visibleAt = clock.now() + hiddenMs;
    held.receipt = `${held.messageId}/${held.receiveCount}`;
    return held;
  };

  const isVisible = (held: Held): boolean => held.visibleAt <= clock.now();

  const deadLetterOverdue = (lane: LaneName): void => {
    const overdue = listOf(lanes, lane).filter(
      (held) => isVisible(held) && held.receiveCount >= maxReceiveCount,
    );
    lanes.set(
      lane,
      listOf(lanes, lane).filter((held) => !overdue.includes(held)),
    );
    listOf(dead, lane).push(...overdue);
  };

  return {
    send: async (messages) => messages.map((message) => put(lanes, message)),
    sendDeadLetters: async (letters) => letters.map((deadLetter) => put(dead, deadLetter)),
    hide: async (lane, receipt, seconds) => {
      const held = listOf(lanes, lane).find((one) => one.receipt === receipt);
      if (held) held.visibleAt = clock.now() + seconds * 1_000;
    },
    depth: async (lane) => {
      const held = listOf(lanes, lane);
      const received = held.filter((one) => !isVisible(one));
      const inFlight = received.filter(({ receiveCount }) => receiveCount > 0).length;
      return {
        visible: held.length - received.length,
        inFlight,
        delayed: received.length - inFlight,
        dead: listOf(dead, lane).length,
      };
    },
    receiveDeadLetters: async (lane, hiddenSeconds) =>
      listOf(dead, lane)
        .filter(isVisible)
        .slice(0, 10)
        .map((held) => toDeadLetter(take(held, hiddenSeconds * 1_000))),
    deleteDeadLetter: async (lane, { receipt }) =>
      void dead.set(
        lane,
        listOf(dead, lane).filter((held) => held.receipt !== receipt),
      ),
    receive: (lane, most = 10) => {
      deadLetterOverdue(lane);
      const visible = listOf(lanes, lane).filter(isVisible).slice(0, most);
      return visible.map((held) => toDelivery(take(held, visibilityMs(lane))));
    },
    remove: (lane, deliveries) => {
      const receipts = new Set(deliveries.map(({ receipt }) => receipt));
      lanes.set(
        lane,
        listOf(lanes, lane).filter(({ receipt }) => !receipts.has(receipt)),
      );
    },
    waiting: (lane) => listOf(lanes, lane),
    dead: (lane) => listOf(dead, lane),
  };
};

const toDeadLetter = ({ body, reason, attributes, receipt, messageId, sentAt }: Held): DeadLetter =>
  withoutUndefined({
    body,
    receipt,
    messageId,
    sentAt,
    reason,
    ...(attributes && { attributes }),
  });

const toDelivery = ({ messageId, receipt, body, receiveCount, sentAt, attributes }: Held): Delivery => ({
  messageId,
  receipt,
  body,
  receiveCount,
  sentAt,
  ...(attributes && { attributes }),
});
