import { join } from "node:path";
import { installMinistack } from "../ministack/install.ts";
import { startMinistack } from "../ministack/server.ts";

/** The replacement of AWS: a running endpoint, one that can be started, or none with the reason. */
export type Endpoint =
  | { readonly kind: "given"; readonly url: string }
  | { readonly kind: "ministack"; readonly python: string }
  | { readonly kind: "none"; readonly reason: string };

export interface RunningEndpoint {
  readonly url: string;
  stop(): Promise<void>;
}

const cacheDir = join(import.meta.dirname, "..", "..", ".cache");

/** Receives the output of MiniStack and of its functions. */
export const logFile = join(cacheDir, "ministack.log");

/** Finds the endpoint that `AWS_ENDPOINT_URL` names, or else MiniStack. */
export const findEndpoint = async (): Promise<Endpoint> => {
  const { AWS_ENDPOINT_URL } = process.env;
  if (AWS_ENDPOINT_URL) return { kind: "given", url: toAddress(AWS_ENDPOINT_URL) };
  const installation = await installMinistack({ cacheDir });
  if ("python" in installation) return { kind: "ministack", ...installation };
  const reason = `no AWS_ENDPOINT_URL is set and MiniStack cannot be installed: ${installation.reason}`;
  return { kind: "none", reason };
};

/** Uses an address, because with a host name the SDK would put the bucket's name into it. */
const toAddress = (url: string): string => url.replace("//localhost", "//127.0.0.1").replace(/\/$/, "");

/** A given endpoint is already running, and keeps running after `stop`. */
export const startEndpoint = async (
  endpoint: Exclude<Endpoint, { kind: "none" }>,
): Promise<RunningEndpoint> =>
  endpoint.kind === "given"
    ? { url: endpoint.url, stop: async () => {} }
    : await startMinistack({ python: endpoint.python, logFile });
