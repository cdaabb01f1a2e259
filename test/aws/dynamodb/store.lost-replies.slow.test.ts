import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readRefusal } from "../../../shared/core/runs/admission.ts";
import { skippedByWorker } from "../../../shared/core/schedules/ledger-entry.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import {
  aClaim,
  aRun,
  aSchedule,
  inSeconds,
  inState,
  many,
  success,
} from "../../../shared/testing/contract/rows.ts";
import { onEmbeddedServers } from "../../contract/embedded.ts";
import { createStage, fixtureFor } from "../../contract/stage.ts";

/**
 * Every write reaches the server twice, and only the second reply arrives, as when the SDK retries after a lost reply.
 */

onEmbeddedServers();

let ports: Ports;
let close = async (): Promise<void> => {};

beforeEach(async () => {
  const stage = await createStage();
  stage.clients.dynamodb.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        if (!/^(BatchGet|Query|Delete)/.test(commandName)) await next(args);
        return await next(args);
      },
    { step: "initialize" },
  );
  ({ ports, close } = fixtureFor(stage));
});

afterEach(() => close());

test("answers a row as created whose insert was sent twice", async () => {
  const rows = many(30, (i) => aRun(`r${i}`, ports.clock.now()));
  expect(await ports.runs.create(rows)).toEqual(rows.map(() => ({ created: true })));
  expect(await ports.runs.create(rows.slice(0, 1))).toEqual([{ created: false, existing: rows[0] }]);
});

test("answers a row as created that replaced an expired row and was sent twice", async () => {
  const now = ports.clock.now();
  await ports.runs.create([inState("expired", "r", now, { ttl: inSeconds(now) - 10 })]);
  expect(await ports.runs.create([aRun("r", now)])).toEqual([{ created: true }]);
});

test("recognises a claim that was sent twice by its token", async () => {
  const now = ports.clock.now();
  const run = aRun("claimed", now);
  await ports.runs.create([run]);
  const claim = aClaim(run, now, "mine");
  const [answer] = await ports.runs.claim([claim]);
  const row = answer && "refused" in answer ? answer.refused : undefined;
  expect(readRefusal(row, claim)).toEqual({ kind: "ours" });
  expect(row?.claimCount).toBe(1);
});

test("recognises a settle that was sent twice by its token", async () => {
  const now = ports.clock.now();
  const run = inState("running", "settled", now, { token: "mine" });
  if (run.state !== "running") throw new Error("a running row");
  await ports.runs.create([run]);
  expect(await ports.runs.change([success(run, now)])).toMatchObject([
    { changed: false, now: { token: "mine", state: "succeeded" } },
  ]);
});

test("stores records once that are written twice", async () => {
  const { schedules, jobNames, ledger, watermarks } = ports;
  const entry = skippedByWorker(
    { id: "beat:it", job: "beat", dueAt: 1, generation: 1 },
    "s",
    ports.clock.now(),
    "overlap",
  );
  await ledger.record([entry]);
  expect(await ledger.list("s", { limit: 10 })).toEqual([entry]);
  expect(await watermarks.advance("swept", 7)).toBe(7);
  await jobNames.ensure(["a"]);
  expect(await jobNames.list()).toEqual(["a"]);
  await schedules.create([aSchedule("s")]);
  expect(await schedules.all()).toEqual([aSchedule("s")]);
});

test("answers a note as written that was sent twice", async () => {
  const { notes } = ports;
  expect(await notes.swap("s", "running", undefined, "greet:a")).toBe(true);
  expect(await notes.swap("s", "running", undefined, "greet:b")).toBe(false);
  expect(await notes.swap("s", "running", "greet:a", "greet:b")).toBe(true);
  expect(await notes.read("s", "running")).toBe("greet:b");
});
