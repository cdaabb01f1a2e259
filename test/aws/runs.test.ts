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

/** A store with the same outcome for every statement, and the row that a read finds. */
const store = (response: object, row?: Run) =>
  scriptedStore(({ command }) =>
    command === "BatchExecuteStatementCommand"
      ? { Responses: [response] }
      : { Responses: { runs: row ? [itemOf(row)] : [] } },
  );

const failed = (Code: string) => ({ Error: { Code, Message: "why" } });
const commandsOf = (asked: readonly Asked[]) => asked.map(({ command }) => command);

describe("a claim", () => {
  test("needs no read when it is granted with its row", async () => {
    const { store: granting, asked } = store({ Item: itemOf(running) });
    expect(await createRuns(granting).claim([claim])).toEqual([{ run: running }]);
    expect(commandsOf(asked)).toEqual(["BatchExecuteStatementCommand"]);
  });

  test("reads the row when it is granted without it", async () => {
    const { store: terse } = store({}, running);
    expect(await createRuns(terse).claim([claim])).toEqual([{ run: running }]);
  });

  test("needs no read when it is refused with the row", async () => {
    const refusal = { Error: { Code: "ConditionalCheckFailed", Item: itemOf(running) } };
    const { store: telling, asked } = store(refusal);
    expect(await createRuns(telling).claim([claim])).toEqual([{ refused: running }]);
    expect(asked).toHaveLength(1);
  });

  test("reads the row when it is refused without it", async () => {
    const { store: silent, asked } = store(failed("ConditionalCheckFailed"), running);
    expect(await createRuns(silent).claim([claim])).toEqual([{ refused: running }]);
    expect(commandsOf(asked)).toEqual(["BatchExecuteStatementCommand", "BatchGetItemCommand"]);
  });

  test("is granted after a failed request if the row carries our token", async () => {
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

  test("fails without affecting the other claims of the batch", async () => {
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
  test("is answered as refused after a failed request, with the row", async () => {
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

  test("is answered as created when the existing row is its own", async () => {
    const { store: repeating } = meeting((nonce) => signed(run, nonce));
    expect(await createRuns(repeating).create([run])).toEqual([{ created: true }]);
  });

  test("is answered with the existing row when its own row was claimed since", async () => {
    const { store: overtaken } = meeting((nonce) => signed(running, nonce));
    const adopted = { ...running, token: "ours" };
    expect(await createRuns(overtaken).create([adopted])).toEqual([{ created: false, existing: running }]);
  });

  test("is answered with the existing row of another caller", async () => {
    const { store: taken } = meeting(() => signed(run, "another"));
    expect(await createRuns(taken).create([run])).toEqual([{ created: false, existing: run }]);
  });

  const relic = itemOf(inState("succeeded", "a", now, { ttl: 17 }));

  test("replaces a row past its TTL, and no other", async () => {
    const { store: old, asked } = meeting(() => relic);
    expect(await createRuns(old).create([run])).toEqual([{ created: true }]);
    expect(asked.at(-1)).toMatchObject({
      command: "PutItemCommand",
      input: { ConditionExpression: "#ttl = :ttl", ExpressionAttributeValues: { ":ttl": { N: "17" } } },
    });
  });

  test("is answered with the row of another writer that replaced the expired row first", async () => {
    let reads = 0;
    const { store: raced } = meeting(
      () => (reads++ === 0 ? relic : signed(run, "another")),
      () => new ConditionalCheckFailedException({ message: "", $metadata: {} }),
    );
    expect(await createRuns(raced).create([run])).toEqual([{ created: false, existing: run }]);
  });

  test("fails with the reason when the row does not exist and the insert was not refused", async () => {
    const { store: failing } = store(failed("ValidationError"));
    expect(await createRuns(failing).create([run])).toEqual([
      { created: false, failed: 'run "contract:a" was not written: ValidationError: why' },
    ]);
  });

  test("fails when the existing row is not readable", async () => {
    const { store: strange } = meeting(() => ({ id: { S: run.id } }));
    expect(await createRuns(strange).create([run])).toEqual([
      { created: false, failed: expect.stringContaining("the row with its id is not readable") },
    ]);
  });

  test("is answered as created after a failed request when the row exists", async () => {
    let written: Asked | undefined;
    const { store: doubtful } = scriptedStore((request) => {
      if (request.command !== "BatchExecuteStatementCommand")
        return { Responses: { runs: [signed(run, nonceIn(written ?? request))] } };
      written = request;
      return Object.assign(new Error("socket hang up"), { name: "TimeoutError" });
    });
    expect(await createRuns(doubtful).create([run])).toEqual([{ created: true }]);
  });

  test("fails without affecting the others when the read after a failure fails too", async () => {
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

  test("fails without affecting the others when it cannot replace a row past its TTL", async () => {
    const { store: failing } = meeting(
      () => relic,
      () => new Error("socket hang up"),
    );
    expect(await createRuns(failing).create([run])).toEqual([
      { created: false, failed: expect.stringContaining("socket hang up") },
    ]);
  });
});
