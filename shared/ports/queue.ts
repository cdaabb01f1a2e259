import type { LaneName } from "../core/lane.ts";

export interface OutgoingMessage {
  readonly lane: LaneName;
  readonly body: string;
  /** Whole seconds, 0 to 900. */
  readonly delaySeconds: number;
  readonly tenant?: string | undefined;
  /** On a dead letter: why. It travels beside the body, which may be anything. */
  readonly reason?: string | undefined;
  readonly attributes?: TextAttributes | undefined;
}

/** What senders write beside a message's body, such as `traceparent`: those attributes that are texts. At most nine. */
export type TextAttributes = Readonly<Record<string, string>>;

export interface DeadLetter {
  readonly body: string;
  /** Absent when SQS itself put the letter there. */
  readonly reason?: string;
  readonly receipt: string;
  readonly messageId: string;
  /** When the queue got it, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly attributes?: TextAttributes;
}

export interface LaneDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly dead: number;
}

/** The lanes and their dead-letter queues. Receiving from a lane is not here: the event source mapping does that. */
export interface Queue {
  /** For each message, in order: undefined when the queue has it, else why not. */
  send(messages: readonly OutgoingMessage[]): Promise<readonly (string | undefined)[]>;
  /** The same, to the lanes' dead-letter queues. */
  sendDeadLetters(deadLetters: readonly OutgoingMessage[]): Promise<readonly (string | undefined)[]>;
  /** Hide a received message for whole seconds, 1 to 43,200, from now. */
  hide(lane: LaneName, receipt: string, seconds: number): Promise<void>;
  depth(lane: LaneName): Promise<LaneDepth>;
  /** Up to ten dead letters, hidden from other readers for so many seconds. */
  receiveDeadLetters(lane: LaneName, hiddenSeconds: number): Promise<readonly DeadLetter[]>;
  deleteDeadLetter(lane: LaneName, deadLetter: DeadLetter): Promise<void>;
}
