import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process of the benchmark: it is given one value, says one or more, and ends by itself when its parent does. */
export interface Child {
  readonly pid: number;
  /** The next thing it says. @throws Error when it ends first. */
  nextMessage(): Promise<unknown>;
  /** Ask it to come to an end; resolves with its last word. */
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

/** In the child: what it was given. */
export const parentArgument = (): unknown => JSON.parse(process.argv[2] ?? "null");

/** In the child: asked to come to an end, or left alone. */
export const finishRequested = new Promise<void>((resolve) => {
  process.once("message", () => resolve());
  process.once("disconnect", () => resolve());
});

/** In the child: say something and, if it was the last word, let go. */
export const sendToParent = (message: unknown, isLast = false): void => {
  process.send?.(message, () => {
    if (isLast && process.connected) process.disconnect();
  });
};
