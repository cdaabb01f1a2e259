import { type RunningEndpoint, startServer } from "../endpoint/server.ts";

export interface MinistackOptions {
  /** The Python of `installMinistack`. */
  readonly python: string;
  readonly logFile: string;
}

export const startMinistack = ({ python, logFile }: MinistackOptions): Promise<RunningEndpoint> =>
  startServer({
    name: "MiniStack",
    command: [python, "-m", "ministack"],
    environment: ({ port }) => ({ BIND_HOST: "127.0.0.1", GATEWAY_PORT: String(port) }),
    healthPath: "/_ministack/health",
    logFile,
  });
