import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A child process of the benchmark: receives one value, sends messages, and ends when its parent does. */
export interface Child {
  readonly pid: number;
  /** Waits for its next message. @throws Error when it ends first */
  nextMessage(): Promise<unknown>;
  /** Asks it to finish; resolves with its last message. */
  finish(): Promise<unknown>;
  readonly ended: Promise<unknown>;
}

export const startChild = (
  url: string,
  argument: unknown,
  env: Readonly<Record<string, string>> = {},
): Child => {
  const child = fork(fileURLToPath(url), [JSON.stringify(argument)], { env: { ...process.env, ...env } });
  const ended = once(child, "exit");
  const hear = async (): Promise<unknown> => {
    const [message] = await Promise.race([once(child, "message"), ended.then(stopped(url))]);
    return message;
  };
  return {
    pid: child.pid ?? 0,
    nextMessage: hear,
    ended,
    finish() {
      child.send("finish");
      return hear();
    },
  };
};

const stopped =
  (url: string) =>
  ([code]: unknown[]): never => {
    throw new Error(`${url} ended with ${code}`);
  };

/** In the child: the value from the parent. */
export const parentArgument = (): unknown => JSON.parse(process.argv[2] ?? "null");

/** In the child: resolves when the parent asks it to finish, or has exited. */
export const finishRequested = new Promise<void>((resolve) => {
  process.once("message", () => resolve());
  process.once("disconnect", () => resolve());
});

/** In the child: sends a message, and disconnects after the last one. */
export const sendToParent = (message: unknown, isLast = false): void => {
  process.send?.(message, () => {
    if (isLast && process.connected) process.disconnect();
  });
};
