import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "@jest/globals";
import { itemOf } from "../../shared/aws/dynamodb/item.ts";
import { runItem } from "../../shared/aws/dynamodb/run-requests.ts";
import { createRuns } from "../../shared/aws/runs.ts";
import type { Run } from "../../shared/core/runs/run.ts";
import { watch } from "../../shared/core/runs/watch.ts";
import { aClaim, aRun, inState } from "../../shared/testing/contract/rows.ts";
import { type Asked, type Script, scriptedStore } from "./scripted.ts";

const now = Date.UTC(2026, 0, 1);
const run = aRun("a", now);
const claim = aClaim(run, now, "mine");
const running = inState("running", "a", now, { token: "mine" });

/** One statement's outcome whenever it is asked for, and the row that a read finds. */
const store = (response: object, row?: Run) =>
  scriptedStore(({ command }) =>
    command === "BatchExecuteStatementCommand"
      ? { Responses: [response] }
      : { Responses: { runs: row ? [itemOf(row)] : [] } },
  );

const failed = (Code: string) => ({ Error: { Code, Message: "why" } });
const commandsOf = (asked: readonly Asked[]) => asked.map(({ command }) => command);

describe("a claim", () => {
  test("that is granted needs no read", async () => {
    const { store: granting, asked } = store({ Item: itemOf(running) });
    expect(await createRuns(granting).claim([claim])).toEqual([{ run: running }]);
    expect(commandsOf(asked)).toEqual(["BatchExecuteStatementCommand"]);
  });

  test("that is granted without its row is read", async () => {
    const { store: terse } = store({}, running);
    expect(await createRuns(terse).claim([claim])).toEqual([{ run: running }]);
  });

  test("that is refused with its row needs no read", async () => {
    const refusal = { Error: { Code: "ConditionalCheckFailed", Item: itemOf(running) } };
    const { store: telling, asked } = store(refusal);
    expect(await createRuns(telling).claim([claim])).toEqual([{ refused: running }]);
    expect(asked).toHaveLength(1);
  });

  test("that is refused without its row is read", async () => {
    const { store: silent, asked } = store(failed("ConditionalCheckFailed"), running);
    expect(await createRuns(silent).claim([claim])).toEqual([{ refused: running }]);
    expect(commandsOf(asked)).toEqual(["BatchExecuteStatementCommand", "BatchGetItemCommand"]);
  });

  test("that failed is ours if the row carries our token", async () => {
    const { store: failing, lines } = store(failed("InternalServerError"), running);
    expect(await createRuns(failing).claim([claim])).toEqual([{ run: running }]);
    expect(lines).toMatchObject([{ level: "warn", facts: { run: run.id, code: "InternalServerError" } }]);
  });

  test.each([run, inState("running", "a", now, { token: "foreign" }), undefined])(
    "that failed is refused if it does not",
    async (row) => {
      const { store: failing } = store(failed("InternalServerError"), row);
      expect(await createRuns(failing).claim([claim])).toEqual([{ refused: row }]);
    },
  );

  test("that failed leaves its neighbours alone", async () => {
    const other = inState("running", "b", now, { token: "mine" });
    const { store: half } = scriptedStore(({ command, input }) =>
      command === "BatchExecuteStatementCommand"
        ? {
            Responses: input.Statements.map((_: unknown, i: number) =>
              i === 0 ? failed("ThrottlingError") : { Item: itemOf(other) },
            ),
          }
        : { Responses: { runs: [itemOf(run)] } },
    );
    const answers = await createRuns(half).claim([claim, aClaim(other, now, "mine")]);
    expect(answers).toEqual([{ refused: run }, { run: other }]);
  });
});

describe("a change", () => {
  test("that failed is answered as refused, with the row to judge by", async () => {
    const { store: failing } = store(failed("InternalServerError"), run);
    const answer = await createRuns(failing).change([watch(run, now)]);
    expect(answer).toEqual([{ changed: false, now: run }]);
  });
});

describe("a create", () => {
  const signed = (row: Run, nonce: string) => ({ ...runItem(row, nonce) });
  const nonceIn = ({ input }: Asked): string => input.Statements[0].Parameters.at(-1).S;

  /** A store in which an insert meets the item that `meet` makes of the nonce it came with. */
  const meeting = (meet: (nonce: string) => object | undefined, put: Script = () => ({})) => {
    let nonce = "";
    return scriptedStore((request, turn) => {
      if (request.command === "PutItemCommand") return put(request, turn);
      if (request.command === "BatchExecuteStatementCommand") {
        nonce = nonceIn(request);
        return { Responses: [failed("DuplicateItem")] };
      }
      const item = meet(nonce);
      return { Responses: { runs: item ? [item] : [] } };
    });
  };

  test("that meets its own row was made, its reply was lost", async () => {
    const { store: repeating } = meeting((nonce) => signed(run, nonce));
    expect(await createRuns(repeating).create([run])).toEqual([{ created: true }]);
  });

  test("that meets its own row, claimed by another since, was not made by us to work on", async () => {
    const { store: overtaken } = meeting((nonce) => signed(running, nonce));
    const adopted = { ...running, token: "ours" };
    expect(await createRuns(overtaken).create([adopted])).toEqual([{ created: false, existing: running }]);
  });

  test("that meets the same row of another caller was not made", async () => {
    const { store: taken } = meeting(() => signed(run, "another"));
    expect(await createRuns(taken).create([run])).toEqual([{ created: false, existing: run }]);
  });

  const relic = itemOf(inState("succeeded", "a", now, { ttl: 17 }));

  test("takes the place of a row past its TTL, and of no other", async () => {
    const { store: old, asked } = meeting(() => relic);
    expect(await createRuns(old).create([run])).toEqual([{ created: true }]);
    expect(asked.at(-1)).toMatchObject({
      command: "PutItemCommand",
      input: { ConditionExpression: "#ttl = :ttl", ExpressionAttributeValues: { ":ttl": { N: "17" } } },
    });
  });

  test("that loses such a place to another finds the other's row", async () => {
    let reads = 0;
    const { store: raced } = meeting(
      () => (reads++ === 0 ? relic : signed(run, "another")),
      () => new ConditionalCheckFailedException({ message: "", $metadata: {} }),
    );
    expect(await createRuns(raced).create([run])).toEqual([{ created: false, existing: run }]);
  });

  test("that is not there and was not refused has failed, and says why", async () => {
    const { store: failing } = store(failed("ValidationError"));
    expect(await createRuns(failing).create([run])).toEqual([
      { created: false, failed: 'run "contract:a" was not written: ValidationError: why' },
    ]);
  });

  test("in the place of a row that cannot be read has failed", async () => {
    const { store: strange } = meeting(() => ({ id: { S: run.id } }));
    expect(await createRuns(strange).create([run])).toEqual([
      { created: false, failed: expect.stringContaining("the row in its place is not readable") },
    ]);
  });

  test("whose request failed is settled by a read: the row that is there was written", async () => {
    let written: Asked | undefined;
    const { store: doubtful } = scriptedStore((request) => {
      if (request.command !== "BatchExecuteStatementCommand")
        return { Responses: { runs: [signed(run, nonceIn(written ?? request))] } };
      written = request;
      return Object.assign(new Error("socket hang up"), { name: "TimeoutError" });
    });
    expect(await createRuns(doubtful).create([run])).toEqual([{ created: true }]);
  });

  test("fails alone when the read that follows a failure fails too", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => aRun(`n${i}`, now));
    const { store: down } = scriptedStore(({ command, input }) =>
      command === "BatchExecuteStatementCommand" && input.Statements.length === 25
        ? { Responses: input.Statements.map(() => ({})) }
        : Object.assign(new Error("socket hang up"), { name: "TimeoutError" }),
    );
    const answers = await createRuns(down).create(rows);
    expect(answers.filter(({ created }) => created)).toHaveLength(25);
    expect(answers[29]).toEqual({
      created: false,
      failed: expect.stringMatching(
        /^run "contract:n29" may not have been written: TimeoutError: socket hang up/,
      ),
    });
  });

  test("that cannot replace a row past its TTL fails alone", async () => {
    const { store: failing } = meeting(
      () => relic,
      () => new Error("socket hang up"),
    );
    expect(await createRuns(failing).create([run])).toEqual([
      { created: false, failed: expect.stringContaining("socket hang up") },
    ]);
  });
});
