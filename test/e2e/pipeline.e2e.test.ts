import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { nothingToDeploy } from "../../localstack/endpoint/project.ts";
import { deaths } from "./deaths.ts";
import { createDeployment, type Deployment } from "./deployment.ts";
import { describeOn, endpointForTests } from "./endpoint.ts";
import { messages } from "./messages.ts";
import { endpointHasMoveTask } from "./move-task.ts";
import { operators } from "./operators.ts";
import { schedules } from "./schedules.ts";

jest.setTimeout(180_000);

const endpoint = await endpointForTests();
const isGiven = endpoint.kind === "given";
const hasMoveTask = await endpointHasMoveTask(endpoint);

describeOn(endpoint, (url) => {
  let current: Deployment | undefined;
  const deployment = (): Deployment => {
    if (!current) throw new Error("no pipeline: its deployment failed");
    return current;
  };
  beforeAll(async () => {
    current = await createDeployment(url(), isGiven);
  });
  afterAll(() => current?.remove());
  // In this order: a schedule needs a minute to start, which the first tests use, and the last read what happened.
  describe("messages", () => messages(deployment));
  describe("deaths", () => deaths(deployment, hasMoveTask));
  test("a repeated deployment changes nothing", async () => {
    expect(await deployment().project.deploy()).toContain(nothingToDeploy);
  });
  describe("schedules", () => schedules(deployment));
  describe("operators", () => operators(deployment));
});
