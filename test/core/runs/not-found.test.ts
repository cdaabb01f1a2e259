import { expect, test } from "@jest/globals";
import { runNotFound } from "../../../shared/core/runs/not-found.ts";

test("runNotFound names the run, and what an id looks like", () => {
  const error = runNotFound("greet:lost");
  expect(error).toMatchObject({ code: "not-found", name: "NotFoundError" });
  expect(error.message).toContain('"greet:lost"');
  expect(error.message).toContain("expected an id such as heartbeat:01J8Z…");
});
