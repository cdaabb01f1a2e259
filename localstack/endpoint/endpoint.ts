import { join } from "node:path";
import { installLocalstack } from "../host-mode/install.ts";
import { startLocalstack } from "../host-mode/server.ts";
import { installMinistack } from "../ministack/install.ts";
import { startMinistack } from "../ministack/server.ts";
import type { RunningEndpoint } from "./server.ts";

/** The replacement of AWS: a running endpoint, an emulator that can be started, or none with the reason. */
export type Endpoint =
  | { readonly kind: "given"; readonly url: string }
  | { readonly kind: "emulator"; readonly emulator: Emulator }
  | {
      readonly kind: "none";
      readonly reason: string;
      /** Whether this machine lacks a program that we do not install. */
      readonly isUnsupported: boolean;
    };

/** A program that replaces AWS on this machine while tests run. */
interface Emulator {
  readonly name: string;
  /** Receives the output of the server and its functions. */
  readonly logFile: string;
  /** Whether it implements SQS's StartMessageMoveTask. */
  readonly hasMoveTask: boolean;
  /** Starts it, empty. */
  start(): Promise<RunningEndpoint>;
}

const cacheDir = join(import.meta.dirname, "..", "..", ".cache");

/** Finds LocalStack if `MILLRACE_E2E_ON` asks for it, or else the endpoint of `AWS_ENDPOINT_URL`, or else MiniStack. */
export const findEndpoint = async (): Promise<Endpoint> => {
  const { MILLRACE_E2E_ON, AWS_ENDPOINT_URL } = process.env;
  if (MILLRACE_E2E_ON === "localstack") return await findLocalstack();
  if (AWS_ENDPOINT_URL) return { kind: "given", url: toAddress(AWS_ENDPOINT_URL) };
  return await findMinistack();
};

/** Uses an address, because with a host name the SDK would put the bucket's name into it. */
const toAddress = (url: string): string => url.replace("//localhost", "//127.0.0.1").replace(/\/$/, "");

const findMinistack = async (): Promise<Endpoint> => {
  const installation = await installMinistack({ cacheDir });
  if ("reason" in installation) {
    const reason = `no AWS_ENDPOINT_URL is set and MiniStack cannot be installed: ${installation.reason}`;
    return { kind: "none", reason, isUnsupported: false };
  }
  const logFile = join(cacheDir, "ministack.log");
  const start = () => startMinistack({ ...installation, logFile });
  return { kind: "emulator", emulator: { name: "MiniStack", logFile, hasMoveTask: false, start } };
};

const findLocalstack = async (): Promise<Endpoint> => {
  const installation = await installLocalstack(cacheDir);
  if ("reason" in installation) {
    const { reason, isUnsupported } = installation;
    const problem = isUnsupported ? "cannot run here" : "cannot be installed";
    return { kind: "none", reason: `LocalStack ${problem}: ${reason}`, isUnsupported };
  }
  const logFile = join(cacheDir, "localstack.log");
  const start = () => startLocalstack({ ...installation, logFile });
  return { kind: "emulator", emulator: { name: "LocalStack", logFile, hasMoveTask: true, start } };
};

/** A given endpoint is already running, and keeps running after `stop`. */
export const startEndpoint = async (
  endpoint: Exclude<Endpoint, { kind: "none" }>,
): Promise<RunningEndpoint> =>
  endpoint.kind === "given" ? { url: endpoint.url, stop: async () => {} } : await endpoint.emulator.start();
