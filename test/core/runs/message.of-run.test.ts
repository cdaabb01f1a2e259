import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Message, messageFor, parseMessage } from "../../../shared/core/runs/message.ts";
import { isTerminal } from "../../../shared/core/runs/run.ts";
import { anyRun, anyWord, now, runIn } from "./any-run.ts";

describe("the message for a run", () => {
  test("is small, and says which run, which generation, when", () => {
    expect(messageFor(runIn("queued", { input: '{"a":1}' }), now + 7)).toBe(
      `{"v":1,"job":"greet","id":"greet:k","generation":1,"dueAt":${now},"sentAt":${now + 7},"input":{"a":1}}`,
    );
  });

  test.each([
    ["in the row", { input: "7" }, undefined, { input: 7 }],
    ["at hand though stored", { inputStored: true }, "8", { input: 8 }],
    ["stored", { inputStored: true }, undefined, { stored: true }],
    ["none", {}, undefined, {}],
  ] as const)("carries the input, or says that it is stored: %s", (_, more, input, expected) => {
    const parsed = parseMessage(messageFor(runIn("queued", more), now, input));
    const head = { v: 1, job: "greet", id: "greet:k", generation: 1, dueAt: now, sentAt: now };
    expect(parsed).toEqual({ message: { ...head, ...expected } });
  });

  test("carries on a dead letter the reason, and the generation that a redrive will ask for", () => {
    const death = { reason: 'said "no"', at: now, attempt: 3 };
    expect(parseMessage(messageFor(runIn("dead"), now, undefined, death))).toMatchObject({
      message: { generation: 2, death },
    });
  });

  test("reads back as the run it was made for", () => {
    const anyDeath = fc.record({ reason: fc.string(), at: fc.nat(), attempt: fc.nat() });
    fc.assert(
      fc.property(anyRun, fc.nat(2 * now), fc.option(anyDeath, { nil: undefined }), (run, sentAt, death) => {
        const { id, job, generation, tenant, schedule, chainDepth, trace, input } = run;
        const due = run.state === "running" || isTerminal(run.state) ? run.dueAt : run.availableAt;
        const expected: Message = {
          v: 1,
          job,
          id,
          generation,
          dueAt: due,
          sentAt,
          tenant,
          schedule,
          chainDepth,
          trace,
          death,
        };
        const parsed = parseMessage(messageFor(run, sentAt, input, death));
        expect(parsed).toEqual({
          message: { ...expected, ...(input !== undefined && { input: JSON.parse(input) }) },
        });
      }),
    );
  });

  test("with the longest names there may be is one that its receiver takes", () => {
    const longest = fc.record({
      job: anyWord(64),
      tenant: anyWord(128),
      schedule: anyWord(64),
      trace: anyWord(256),
    });
    fc.assert(
      fc.property(longest, (names) => {
        const run = { ...runIn("queued"), ...names, id: `${"j".repeat(64)}:${"k".repeat(128)}` };
        expect(parseMessage(messageFor(run, now))).toMatchObject({ message: { ...names, id: run.id } });
      }),
    );
  });
});
