import type { LaneName } from "../../core/lane.ts";
import type { Ports } from "../../ports/index.ts";

export interface Received {
  readonly body: string;
  readonly receipt: string;
}

/** A fresh, empty outside, and what a test may do to it that the pipeline cannot. */
export interface PortsFixture {
  readonly ports: Ports;
  /** A second execution environment on the same tables and queues, where there can be one. */
  readonly secondInstance?: Ports;
  /** Some of a lane's visible messages, hidden for 30 seconds or more. Does not wait for any. */
  receive(lane: LaneName): Promise<readonly Received[]>;
  /** Let time pass. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Reads the outside of the test that is running. */
export type GetFixture = () => PortsFixture;
