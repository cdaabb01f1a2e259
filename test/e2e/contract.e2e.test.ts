import { beforeAll, jest } from "@jest/globals";
import { contractSuite } from "../../shared/testing/contract.ts";
import { createStageFixture, useServers } from "../contract/stage.ts";
import { describeOn, endpointForTests } from "./endpoint.ts";

jest.setTimeout(60_000);

describeOn(await endpointForTests(), (url) => {
  beforeAll(() => useServers({ sqsUrl: url(), dynamodbUrl: url() }));
  contractSuite("on the endpoint of the deployed stack", createStageFixture);
});
