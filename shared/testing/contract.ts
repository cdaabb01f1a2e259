import { afterEach, beforeEach, describe } from "@jest/globals";
import { attempts } from "./contract/attempts.ts";
import { changes } from "./contract/changes.ts";
import { claims } from "./contract/claims.ts";
import { creates } from "./contract/creates.ts";
import { deadRuns } from "./contract/dead-runs.ts";
import { dueLists } from "./contract/due-lists.ts";
import { dueSchedules } from "./contract/due-schedules.ts";
import type { GetFixture, PortsFixture } from "./contract/fixture.ts";
import { ledgers } from "./contract/ledgers.ts";
import { deadLetters } from "./contract/letters.ts";
import { lists } from "./contract/lists.ts";
import { notes } from "./contract/notes.ts";
import { records } from "./contract/records.ts";
import { schedules } from "./contract/schedules.ts";
import { sends } from "./contract/sends.ts";
import { time } from "./contract/time.ts";

/** What every implementation of `Ports` must do. Nothing but the ports themselves is asked, so all are asked the same. */
export const contractSuite = (name: string, make: () => Promise<PortsFixture>): void => {
  describe(`the ports, ${name}`, () => {
    let current: PortsFixture | undefined;
    const outside: GetFixture = () => {
      if (!current) throw new Error("an outside exists only while a test runs");
      return current;
    };
    beforeEach(async () => {
      current = await make();
    });
    afterEach(async () => {
      await current?.close();
      current = undefined;
    });
    describe("create", () => creates(outside));
    describe("claim", () => claims(outside));
    describe("change", () => changes(outside));
    describe("list", () => lists(outside));
    describe("due", () => dueLists(outside));
    describe("dead", () => deadRuns(outside));
    describe("schedules", () => schedules(outside));
    describe("a schedule", () => dueSchedules(outside));
    describe("notes", () => notes(outside));
    describe("a ledger", () => ledgers(outside));
    describe("attempts", () => attempts(outside));
    describe("records", () => records(outside));
    describe("send", () => sends(outside));
    describe("dead letters", () => deadLetters(outside));
    describe("time and dice", () => time(outside));
  });
};
