import type { LaneName } from "../core/lane.ts";

export interface OutgoingMessage {
  readonly lane: LaneName;
  readonly body: string;
  /** Whole seconds, 0 to 900. */
  readonly delaySeconds: number;
  readonly tenant?: string | undefined;
  /** The reason of a dead letter. It is sent beside the body, which may be any text. */
  readonly reason?: string | undefined;
  readonly attributes?: TextAttributes | undefined;
}

/** The text attributes that a sender puts beside a message's body, such as `traceparent`. At most nine. */
export type TextAttributes = Readonly<Record<string, string>>;

export interface DeadLetter {
  readonly body: string;
  /** Absent on a native dead letter, which SQS made. */
  readonly reason?: string;
  readonly receipt: string;
  readonly messageId: string;
  /** When the queue received it, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly attributes?: TextAttributes;
}

export interface LaneDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly dead: number;
}

/** The lanes and their dead-letter queues. The event source mapping receives from the lanes, so that is not here. */
export interface Queue {
  /** Send messages. Answers for each, in order: undefined when it was sent, else the reason why not. */
  send(messages: readonly OutgoingMessage[]): Promise<readonly (string | undefined)[]>;
  /** Send messages to the lanes' dead-letter queues. Answers like `send`. */
  sendDeadLetters(deadLetters: readonly OutgoingMessage[]): Promise<readonly (string | undefined)[]>;
  /** Hide a received message for whole seconds, 1 to 43,200, from now. */
  hide(lane: LaneName, receipt: string, seconds: number): Promise<void>;
  depth(lane: LaneName): Promise<LaneDepth>;
  /** Receive up to ten dead letters, which are hidden from other readers for `hiddenSeconds`. */
  receiveDeadLetters(lane: LaneName, hiddenSeconds: number): Promise<readonly DeadLetter[]>;
  deleteDeadLetter(lane: LaneName, deadLetter: DeadLetter): Promise<void>;
}
