import { afterEach, beforeEach, describe } from "@jest/globals";
import { attempts } from "./contract/attempts.ts";
import { changes } from "./contract/changes.ts";
import { claims } from "./contract/claims.ts";
import { creates } from "./contract/creates.ts";
import { deadLetters } from "./contract/dead-letters.ts";
import { deadRuns } from "./contract/dead-runs.ts";
import { dueLists } from "./contract/due-lists.ts";
import { dueSchedules } from "./contract/due-schedules.ts";
import type { GetFixture, PortsFixture } from "./contract/fixture.ts";
import { ledgers } from "./contract/ledgers.ts";
import { lists } from "./contract/lists.ts";
import { notes } from "./contract/notes.ts";
import { records } from "./contract/records.ts";
import { schedules } from "./contract/schedules.ts";
import { sends } from "./contract/sends.ts";
import { time } from "./contract/time.ts";

/** The tests that every implementation of `Ports` must pass. They use nothing but the ports themselves. */
export const contractSuite = (name: string, make: () => Promise<PortsFixture>): void => {
  describe(`ports: ${name}`, () => {
    let current: PortsFixture | undefined;
    const fixture: GetFixture = () => {
      if (!current) throw new Error("a fixture exists only while a test runs");
      return current;
    };
    beforeEach(async () => {
      current = await make();
    });
    afterEach(async () => {
      await current?.close();
      current = undefined;
    });
    describe("create", () => creates(fixture));
    describe("claim", () => claims(fixture));
    describe("change", () => changes(fixture));
    describe("list", () => lists(fixture));
    describe("due", () => dueLists(fixture));
    describe("dead", () => deadRuns(fixture));
    describe("schedules", () => schedules(fixture));
    describe("a schedule", () => dueSchedules(fixture));
    describe("notes", () => notes(fixture));
    describe("a ledger", () => ledgers(fixture));
    describe("attempts", () => attempts(fixture));
    describe("records", () => records(fixture));
    describe("send", () => sends(fixture));
    describe("dead letters", () => deadLetters(fixture));
    describe("time and randomness", () => time(fixture));
  });
};
