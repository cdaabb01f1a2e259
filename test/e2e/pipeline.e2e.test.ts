import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { nothingToDeploy } from "../../localstack/endpoint/project.ts";
import { deaths } from "./deaths.ts";
import { describeOn, endpointForTests } from "./endpoint.ts";
import { messages } from "./messages.ts";
import { knowsMoveTask } from "./move-task.ts";
import { operators } from "./operators.ts";
import { schedules } from "./schedules.ts";
import { createWorld, type World } from "./world.ts";

jest.setTimeout(180_000);

const endpoint = await endpointForTests();
const isGiven = endpoint.kind === "given";
const hasMoveTask = isGiven && (await knowsMoveTask(endpoint.url));

describeOn(endpoint, (url) => {
  let current: World | undefined;
  const world = (): World => {
    if (!current) throw new Error("no pipeline: its deployment failed");
    return current;
  };
  beforeAll(async () => {
    current = await createWorld(url(), isGiven);
  });
  afterAll(() => current?.remove());
  // In this order: a schedule needs a minute to start, which the first tests use, and the last read what happened.
  describe("messages", () => messages(world));
  describe("deaths", () => deaths(world, hasMoveTask));
  test("a repeated deployment changes nothing", async () => {
    expect(await world().project.deploy()).toContain(nothingToDeploy);
  });
  describe("schedules", () => schedules(world));
  describe("operators", () => operators(world));
});
