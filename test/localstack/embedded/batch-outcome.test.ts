import { expect, test } from "@jest/globals";
import { completedMessages } from "../../../localstack/embedded/batch-outcome.ts";

const batch = ["a", "b", "c"];
const after = (response: unknown) => completedMessages(batch, { ok: true, response });
const reported = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["an empty object", {}],
  ["a null list", { batchItemFailures: null }],
  ["an empty list", { batchItemFailures: [] }],
  ["an object that reports nothing", { statusCode: 200 }],
])("completedMessages deletes the whole batch for a response of %s", (_what, response) => {
  expect(after(response)).toEqual(batch);
});

test("completedMessages keeps exactly the reported messages", () => {
  expect(after(reported("b"))).toEqual(["a", "c"]);
  expect(after(reported("a", "c", "a"))).toEqual(["b"]);
  expect(after(reported("a", "b", "c"))).toEqual([]);
});

test.each([
  ["an unknown identifier", reported("a", "unknown")],
  ["an undefined identifier", reported(undefined)],
  ["an empty identifier", reported("")],
  ["a null identifier", reported(null)],
  ["an identifier that is a number", reported(1)],
  ["an identifier under another name", { batchItemFailures: [{ messageId: "a" }] }],
  ["bare identifiers", { batchItemFailures: ["a"] }],
  ["a null failure", { batchItemFailures: [null] }],
  ["a list that is a text", { batchItemFailures: "a" }],
  ["a text", "done"],
  ["a list", ["a"]],
])("completedMessages deletes nothing for %s", (_what, response) => {
  expect(after(response)).toEqual([]);
});

test("completedMessages deletes nothing after a function error", () => {
  expect(completedMessages(batch, { ok: false, errorType: "Error", errorMessage: "thrown" })).toEqual([]);
});
