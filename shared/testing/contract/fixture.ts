import type { LaneName } from "../../core/lane.ts";
import type { Ports } from "../../ports/index.ts";

export interface Received {
  readonly body: string;
  readonly receipt: string;
}

/** Fresh, empty ports, and what a test can do that the pipeline cannot. */
export interface PortsFixture {
  readonly ports: Ports;
  /** A second execution environment on the same tables and queues, where there can be one. */
  readonly secondInstance?: Ports;
  /** Receive some of a lane's visible messages, which are hidden for 30 seconds or more. Does not wait for messages. */
  receive(lane: LaneName): Promise<readonly Received[]>;
  /** Let time pass. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Answers the fixture of the running test. */
export type GetFixture = () => PortsFixture;
