import { dirname, relative } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import {
  type Endpoint,
  findEndpoint,
  logFile,
  type RunningEndpoint,
  startEndpoint,
} from "../../localstack/endpoint/endpoint.ts";

const root = dirname(dirname(import.meta.dirname));

/** @throws Error when there is none and `CI` is "true", where tests must not be skipped */
export const endpointForTests = async (): Promise<Endpoint> => {
  const { CI } = process.env;
  const endpoint = await findEndpoint();
  if (endpoint.kind !== "none") return endpoint;
  if (CI === "true") throw new Error(endpoint.reason);
  process.stderr.write(`end-to-end tests are skipped: ${endpoint.reason}\n`);
  return endpoint;
};

/** Runs tests on an endpoint, whose URL is known once they run, or skips them. */
export const describeOn = (endpoint: Endpoint, tests: (url: () => string) => void): void => {
  if (endpoint.kind === "none") {
    describe.skip(`skipped: ${endpoint.reason}`, () => tests(nowhere));
    return;
  }
  const name =
    endpoint.kind === "given" ? endpoint.url : `MiniStack, which logs to ${relative(root, logFile)}`;
  describe(`on ${name}`, () => {
    let running: RunningEndpoint | undefined;
    beforeAll(async () => {
      running = await startEndpoint(endpoint);
    }, 90_000);
    afterAll(() => running?.stop());
    tests(() => running?.url ?? nowhere());
  });
};

const nowhere = (): never => {
  throw new Error("an endpoint runs only while its tests do");
};
