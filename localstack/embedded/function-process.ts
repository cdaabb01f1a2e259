import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import type { FunctionError, Invocation, InvokeMessage, RuntimeMessage } from "./invocation.ts";
import { type FunctionConfig, functionArn, lambdaEnvironment } from "./lambda-environment.ts";
import type { OnLine } from "./line.ts";
import type { Reaper } from "./reaper.ts";
import { residentMb } from "./resident.ts";

/**
 * One execution environment: an operating-system process that takes one invocation at a time, for as long as it lives.
 * It is killed, as Lambda would, at the deadline and over its memory; whatever ends it, the invocation is answered.
 */
export class FunctionProcess {
  readonly #config: FunctionConfig;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #memoryWatch: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;
  #running:
    | { readonly requestId: string; readonly event: unknown; answer(outcome: Invocation): void }
    | undefined;
  /** Why we killed it, when we did. */
  #killedFor: FunctionError | undefined;

  constructor(config: FunctionConfig, host: { readonly onLine: OnLine; readonly reaper: Reaper }) {
    this.#config = config;
    this.#child = startChild(config, host.onLine);
    const pid = this.#child.pid ?? 0;
    host.reaper.watch(pid);
    this.#child.on("message", (message: RuntimeMessage) => this.#hear(message));
    this.#exited = ended(this.#child).then(() => {
      killGroup(pid);
      host.reaper.forget(pid);
      this.#buried();
    });
    this.#memoryWatch = setInterval(() => this.#checkMemory(), 200);
    this.#timer = setTimeout(() => this.#kill(initTimedOut), Math.max(10_000, config.timeoutMs));
  }

  get isAlive(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null && !this.#killedFor;
  }

  /** Never rejects. Call it only when the last invocation was answered. */
  invoke(event: unknown): Promise<Invocation> {
    return new Promise((answer) => {
      this.#running = { requestId: randomUUID(), event, answer };
      if (!this.isAlive) void this.#exited.then(() => this.#buried());
      else if (this.#isReady) this.#send();
    });
  }

  /** Kill it; resolves when the process is gone. */
  async end(): Promise<void> {
    this.#kill({ errorType: "Sandbox.Stopped", errorMessage: "the host was stopped" });
    await this.#exited;
  }

  #send(): void {
    if (!this.#running) return;
    const { requestId, event } = this.#running;
    const { timeoutMs } = this.#config;
    const deadlineAt = Date.now() + timeoutMs;
    this.#timer = setTimeout(() => this.#kill(timedOut(timeoutMs)), timeoutMs);
    const message: InvokeMessage = { requestId, functionArn: functionArn(this.#config), deadlineAt, event };
    this.#child.send(message, () => {});
  }

  #hear(message: RuntimeMessage): void {
    if (this.#killedFor) return;
    if (message.kind === "ready") {
      clearTimeout(this.#timer);
      this.#isReady = true;
      this.#send();
    } else if (message.kind === "init failed") {
      this.#kill(message.error);
    } else if (message.requestId === this.#running?.requestId) {
      this.#answer(
        message.kind === "answered"
          ? { ok: true, response: JSON.parse(message.response) }
          : { ok: false, ...message.error },
      );
    }
  }

  #answer(outcome: Invocation): void {
    clearTimeout(this.#timer);
    const running = this.#running;
    this.#running = undefined;
    running?.answer(outcome);
  }

  #kill(reason: FunctionError): void {
    this.#killedFor ??= reason;
    killGroup(this.#child.pid ?? 0);
  }

  #buried(): void {
    clearInterval(this.#memoryWatch);
    const { exitCode, signalCode } = this.#child;
    this.#answer({ ok: false, ...(this.#killedFor ?? exitError(exitCode, signalCode)) });
  }

  #checkMemory(): void {
    const used = residentMb(this.#child.pid ?? 0);
    if (used > this.#config.memoryMb) this.#kill(outOfMemory(this.#config.memoryMb, used));
  }
}

const runtime = new URL("./runtime.ts", import.meta.url);

const startChild = (config: FunctionConfig, onLine: OnLine): ChildProcess => {
  const logStream = `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${randomUUID().replaceAll("-", "")}`;
  const child = fork(runtime, {
    cwd: config.folder,
    env: lambdaEnvironment(config, logStream),
    // Lambda leaves a tenth of the memory to what is not JavaScript's heap.
    execArgv: [`--max-old-space-size=${Math.floor(config.memoryMb * 0.9)}`],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own: Ctrl-C in the terminal must not reach a run that is being drained.
    detached: true,
  });
  for (const stream of ["stdout", "stderr"] as const) {
    const input = child[stream];
    if (input) createInterface({ input }).on("line", (text) => onLine({ from: config.name, stream, text }));
  }
  return child;
};

/** Resolves when the process has ended, or could not be started. */
const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.on("error", () => {
      if (child.pid === undefined) resolve();
    });
  });

/** The process and all that it started. */
const killGroup = (pid: number): void => {
  try {
    if (pid > 0) process.kill(-pid, "SIGKILL");
  } catch {
    // Gone already.
  }
};

const initTimedOut: FunctionError = { errorType: "Sandbox.Timedout", errorMessage: "Init timed out" };

const timedOut = (timeoutMs: number): FunctionError => ({
  errorType: "Sandbox.Timedout",
  errorMessage: `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`,
});

const outOfMemory = (limitMb: number, usedMb: number): FunctionError => ({
  errorType: "Runtime.OutOfMemory",
  errorMessage: `Memory size ${limitMb} MB, used ${Math.ceil(usedMb)} MB: killed`,
});

const exitError = (code: number | null, signal: NodeJS.Signals | null): FunctionError => ({
  errorType: "Runtime.ExitError",
  errorMessage: signal
    ? `Runtime exited with error: signal: ${signal}`
    : code === 0
      ? "Runtime exited without providing a reason"
      : `Runtime exited with error: exit status ${code}`,
});
