import { dirname, relative } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { type Endpoint, findEndpoint, startEndpoint } from "../../localstack/endpoint/endpoint.ts";
import type { RunningEndpoint } from "../../localstack/endpoint/server.ts";

const root = dirname(dirname(import.meta.dirname));

/**
 * Finds the endpoint of these tests.
 * @throws Error when there is none and `CI` is "true", where tests are skipped only if the machine cannot run it
 */
export const endpointForTests = async (): Promise<Endpoint> => {
  const { CI } = process.env;
  const endpoint = await findEndpoint();
  if (endpoint.kind !== "none") return endpoint;
  if (CI === "true" && !endpoint.isUnsupported) throw new Error(endpoint.reason);
  process.stderr.write(`end-to-end tests are skipped: ${endpoint.reason}\n`);
  return endpoint;
};

/** Runs tests on an endpoint, whose URL is known once they run, or skips them. */
export const describeOn = (endpoint: Endpoint, tests: (url: () => string) => void): void => {
  if (endpoint.kind === "none") {
    describe.skip(`skipped: ${endpoint.reason}`, () => tests(nowhere));
    return;
  }
  describe(`on ${nameOf(endpoint)}`, () => {
    let running: RunningEndpoint | undefined;
    beforeAll(async () => {
      running = await startEndpoint(endpoint);
    }, 90_000);
    afterAll(() => running?.stop());
    tests(() => running?.url ?? nowhere());
  });
};

const nameOf = (endpoint: Exclude<Endpoint, { kind: "none" }>): string => {
  if (endpoint.kind === "given") return endpoint.url;
  const { name, logFile } = endpoint.emulator;
  return `${name}, which logs to ${relative(root, logFile)}`;
};

const nowhere = (): never => {
  throw new Error("an endpoint runs only while its tests do");
};
