import { join } from "node:path";
import { installMinistack } from "../ministack/install.ts";
import { startMinistack } from "../ministack/server.ts";

/** What stands in for AWS: one that runs already, one that can be started, or none and why. */
export type Endpoint =
  | { readonly kind: "given"; readonly url: string }
  | { readonly kind: "ministack"; readonly python: string }
  | { readonly kind: "none"; readonly reason: string };

export interface RunningEndpoint {
  readonly url: string;
  stop(): Promise<void>;
}

const cacheDir = join(import.meta.dirname, "..", "..", ".cache");

/** Gets what MiniStack and the functions on it print. */
export const logFile = join(cacheDir, "ministack.log");

/** The one that `AWS_ENDPOINT_URL` names, or else MiniStack. */
export const findEndpoint = async (): Promise<Endpoint> => {
  const { AWS_ENDPOINT_URL } = process.env;
  if (AWS_ENDPOINT_URL) return { kind: "given", url: toAddress(AWS_ENDPOINT_URL) };
  const installation = await installMinistack({ cacheDir });
  if ("python" in installation) return { kind: "ministack", ...installation };
  const reason = `no AWS_ENDPOINT_URL is set and MiniStack cannot be installed: ${installation.reason}`;
  return { kind: "none", reason };
};

/** To a server with a name, the SDK would say the name of a bucket as a part of the server's. */
const toAddress = (url: string): string => url.replace("//localhost", "//127.0.0.1").replace(/\/$/, "");

/** One that was given runs already, and goes on when it is stopped here. */
export const startEndpoint = async (
  endpoint: Exclude<Endpoint, { kind: "none" }>,
): Promise<RunningEndpoint> =>
  endpoint.kind === "given"
    ? { url: endpoint.url, stop: async () => {} }
    : await startMinistack({ python: endpoint.python, logFile });
