import { expect, test } from "@jest/globals";
import { putItems, putRequest, readItems, readRequest } from "../../../shared/aws/dynamodb/batches.ts";
import { execute } from "../../../shared/aws/dynamodb/execute.ts";
import { insertStatement } from "../../../shared/aws/dynamodb/partiql.ts";
import { many } from "../../../shared/testing/contract/rows.ts";
import { type Asked, scriptedStore } from "../scripted.ts";

const item = (i: number) => ({ id: { S: `r${i}` } });
const statements = (count: number) => many(count, (i) => insertStatement("runs", item(i)));
const idsIn = ({ input }: Asked): readonly string[] =>
  input.Statements.map(({ Parameters }: { Parameters: [{ S: string }] }) => Parameters[0].S);
const failed = (Code: string) => ({ Error: { Code, Message: "why" } });

test("sends 25 statements in one request, and answers in order", async () => {
  const { store, asked } = scriptedStore((request) => ({
    Responses: idsIn(request).map((id) =>
      id === "r30" ? failed("DuplicateItem") : { Item: { id: { S: id } } },
    ),
  }));
  const outcomes = await execute(store, statements(60));
  expect(asked.map((request) => idsIn(request).length)).toEqual([25, 25, 10]);
  expect(outcomes).toEqual(
    many(60, (i) => (i === 30 ? { kind: "refused" } : { kind: "done", item: item(i) })),
  );
});

test("answers a refusal with the existing item, if the store returns it", async () => {
  const { store } = scriptedStore(() => ({
    Responses: [{ Error: { Code: "ConditionalCheckFailed", Item: item(9) } }],
  }));
  expect(await execute(store, statements(1))).toEqual([{ kind: "refused", item: item(9) }]);
});

test("retries only throttled statements, after a pause", async () => {
  const { store, asked, slept } = scriptedStore((request, turn) => ({
    Responses: idsIn(request).map((_, i) => (turn < 2 && i === 1 ? failed("ThrottlingError") : {})),
  }));
  // The second of three is throttled, then sent alone.
  const outcomes = await execute(store, statements(3));
  expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "done", "done"]);
  expect(asked.map(idsIn)).toEqual([["r0", "r1", "r2"], ["r1"]]);
  expect(slept).toEqual([25]);
});

test("answers a statement as failed after all tries, and does not retry permanent failures", async () => {
  const { store, asked } = scriptedStore((request) => ({
    Responses: idsIn(request).map((id) => failed(id === "r0" ? "InternalServerError" : "ValidationError")),
  }));
  expect(await execute(store, statements(2))).toEqual([
    { kind: "failed", code: "InternalServerError", problem: "why" },
    { kind: "failed", code: "ValidationError", problem: "why" },
  ]);
  expect(asked.map(idsIn)).toEqual([["r0", "r1"], ...many(5, () => ["r0"])]);
});

test("answers a statement as failed that is missing in the answer", async () => {
  const { store } = scriptedStore((_, turn) => ({ Responses: turn === 0 ? [{}] : [] }));
  expect(await execute(store, statements(2))).toMatchObject([
    { kind: "done" },
    { kind: "failed", code: "NoAnswer" },
  ]);
});

/** An error as the SDK throws it when its attempts at a request are used up. */
const thrown = (name: string) => Object.assign(new Error("why"), { name });

test("answers only the statements of a failed request as failed", async () => {
  const { store, asked } = scriptedStore((request) =>
    idsIn(request).includes("r25")
      ? thrown("TimeoutError")
      : { Responses: idsIn(request).map((id) => ({ Item: { id: { S: id } } })) },
  );
  const outcomes = await execute(store, statements(60));
  const doubt = { kind: "failed", code: "RequestFailed", problem: "TimeoutError: why" };
  expect(outcomes).toEqual(many(60, (i) => (i >= 25 && i < 50 ? doubt : { kind: "done", item: item(i) })));
  expect(asked).toHaveLength(3); // The SDK has retried it: three more seconds each would exceed a lease.
});

test("splits a request that is refused as a whole until only the faulty statement fails", async () => {
  const { store } = scriptedStore((request) =>
    idsIn(request).includes("r7")
      ? thrown("ValidationException")
      : { Responses: idsIn(request).map((id) => ({ Item: { id: { S: id } } })) },
  );
  const outcomes = await execute(store, statements(25));
  expect(outcomes.flatMap(({ kind }, i) => (kind === "done" ? [] : [i]))).toEqual([7]);
  expect(outcomes[7]).toEqual({
    kind: "failed",
    code: "ValidationError",
    problem: "ValidationException: why",
  });
});

test("sends at most 4 MB of statements in a request", async () => {
  const { store, asked } = scriptedStore((request) => ({ Responses: idsIn(request).map(() => ({})) }));
  const text = "é".repeat(500_000);
  const large = many(9, (i) => insertStatement("runs", { ...item(i), text: { S: text } }));
  const outcomes = await execute(store, [...large, ...statements(1)]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(many(10, () => "done"));
  expect(asked.map((request) => idsIn(request).length)).toEqual([3, 3, 4]);
});

test.each([
  "AccessDeniedException",
  "ResourceNotFoundException",
  "ExpiredTokenException",
  "CredentialsProviderError",
])("throws %s of a whole request", async (name) => {
  const { store } = scriptedStore(() => thrown(name));
  await expect(execute(store, statements(1))).rejects.toThrow("why");
});

test.each(["AccessDenied", "ResourceNotFound"])(
  "throws %s of a statement, since it is an error of the deployment",
  async (code) => {
    const { store } = scriptedStore(() => ({ Responses: [failed(code)] }));
    await expect(execute(store, statements(1))).rejects.toThrow(`DynamoDB answered ${code}: why`);
  },
);

test("reads items consistently, and writes them without a condition", () => {
  expect(readRequest("runs", [item(1)])).toEqual({
    RequestItems: { runs: { Keys: [item(1)], ConsistentRead: true } },
  });
  expect(putRequest("state", [item(1)])).toEqual({
    RequestItems: { state: [{ PutRequest: { Item: item(1) } }] },
  });
});

test("reads again the items that DynamoDB left unread", async () => {
  const { store } = scriptedStore(({ input }, turn) => {
    const [first, ...rest] = input.RequestItems.runs.Keys;
    return turn < 2
      ? { Responses: { runs: [first] }, UnprocessedKeys: { runs: { Keys: rest } } }
      : { Responses: { runs: [first, ...rest] } };
  });
  expect(await readItems(store, "runs", many(4, item))).toEqual(many(4, item));
  const stuck = scriptedStore(({ input }) => ({ UnprocessedKeys: input.RequestItems }));
  await expect(readItems(stuck.store, "runs", [item(1)])).rejects.toThrow("left 1 of 1 items unread");
});

test("writes again the items that DynamoDB left unwritten", async () => {
  const { store, asked } = scriptedStore(({ input }, turn) => ({
    UnprocessedItems: turn === 0 ? { state: input.RequestItems.state.slice(1) } : {},
  }));
  await putItems(store, "state", many(3, item));
  expect(asked.map(({ input }) => input.RequestItems.state.length)).toEqual([3, 2]);
  const stuck = scriptedStore(({ input }) => ({ UnprocessedItems: input.RequestItems }));
  await expect(putItems(stuck.store, "state", [item(1)])).rejects.toThrow("left 1 of 1 items unwritten");
});
