import { join, relative } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { installMinistack } from "../../localstack/ministack/install.ts";
import { startMinistack } from "../../localstack/ministack/server.ts";

/** What stands in for AWS: one that runs already, one that can be started, or none and why. */
export type Endpoint =
  | { readonly kind: "given"; readonly url: string }
  | { readonly kind: "ministack"; readonly python: string }
  | { readonly kind: "none"; readonly reason: string };

const root = join(import.meta.dirname, "..", "..");
const cacheDir = join(root, ".cache");
const logFile = join(cacheDir, "ministack.log");

/** @throws Error when there is none and `CI` is "true": there, a test that is skipped has failed. */
export const findEndpoint = async (): Promise<Endpoint> => {
  const { AWS_ENDPOINT_URL, CI } = process.env;
  if (AWS_ENDPOINT_URL) return { kind: "given", url: toAddress(AWS_ENDPOINT_URL) };
  const installation = await installMinistack({ cacheDir });
  if ("python" in installation) return { kind: "ministack", ...installation };
  const reason = `no AWS_ENDPOINT_URL is set and MiniStack cannot be installed: ${installation.reason}`;
  if (CI === "true") throw new Error(reason);
  process.stderr.write(`end-to-end tests are skipped: ${reason}\n`);
  return { kind: "none", reason };
};

/** To a server with a name, the SDK would say the name of a bucket as a part of the server's. */
const toAddress = (url: string): string => url.replace("//localhost", "//127.0.0.1").replace(/\/$/, "");

/** Tests on a running endpoint, whose URL is known once they run; or the same tests, skipped by name. */
export const describeOn = (endpoint: Endpoint, tests: (url: () => string) => void): void => {
  if (endpoint.kind === "none") {
    describe.skip(`skipped, since ${endpoint.reason}`, () => tests(nowhere));
    return;
  }
  const name =
    endpoint.kind === "given" ? endpoint.url : `MiniStack, which logs to ${relative(root, logFile)}`;
  describe(`on ${name}`, () => {
    let running: Running | undefined;
    beforeAll(async () => {
      running = await start(endpoint);
    }, 90_000);
    afterAll(() => running?.stop());
    tests(() => running?.url ?? nowhere());
  });
};

interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

const start = async (endpoint: Exclude<Endpoint, { kind: "none" }>): Promise<Running> =>
  endpoint.kind === "given"
    ? { url: endpoint.url, stop: async () => {} }
    : await startMinistack({ python: endpoint.python, logFile });

const nowhere = (): never => {
  throw new Error("an endpoint runs only while its tests do");
};
