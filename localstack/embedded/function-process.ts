import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { ownModule } from "../../infra/own-module.ts";
import { type EndedWorker, type ProcessEnd, type StartedAttempt, suspectsOf } from "./ended-worker.ts";
import type { FunctionHost } from "./function-host.ts";
import type { FunctionError, Invocation, InvokeMessage, RuntimeMessage } from "./invocation.ts";
import { type FunctionConfig, functionArn, lambdaEnvironment } from "./lambda-environment.ts";
import { residentMb } from "./memory-usage.ts";

/**
 * One execution environment: a process that handles one invocation at a time. Like Lambda, it is killed at the deadline
 * or when it exceeds its memory. However it ends, its invocation is answered.
 */
export class FunctionProcess {
  readonly #config: FunctionConfig;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #exited: Promise<void>;
  readonly #memoryWatch: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;
  #running:
    | { readonly requestId: string; readonly event: unknown; answer(outcome: Invocation): void }
    | undefined;
  /** Why the host killed it, if it did. */
  #killedFor: Killed | undefined;
  /** The attempts that have started and not ended, as the process reports them. */
  readonly #started = new Map<number, StartedAttempt>();
  #isHeapFull = false;

  constructor(config: FunctionConfig, host: FunctionHost) {
    this.#config = config;
    this.#name = logStreamName();
    this.#child = startChild(config, this.#name, {
      codeCache: host.codeCache,
      onLine: (line) => {
        this.#isHeapFull ||= line.text.includes("JavaScript heap out of memory");
        host.onLine(line);
      },
    });
    const pid = this.#child.pid ?? 0;
    host.reaper.watch(pid);
    this.#child.on("message", (message: RuntimeMessage) => this.#onMessage(message));
    // Its own child processes would keep its output open.
    this.#child.once("exit", () => killGroup(pid));
    this.#exited = ended(this.#child).then(() => {
      host.reaper.forget(pid);
      this.#onExit();
    });
    this.#memoryWatch = setInterval(() => this.#checkMemory(), 200);
    this.#timer = setTimeout(() => this.#kill(initTimedOut), Math.max(10_000, config.timeoutMs));
  }

  get isAlive(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null && !this.#killedFor;
  }

  /** Resolves when the process has ended and its last lines were read. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Never rejects. Call it only after the last invocation was answered. */
  invoke(event: unknown): Promise<Invocation> {
    return new Promise((answer) => {
      this.#running = { requestId: randomUUID(), event, answer };
      if (!this.isAlive) void this.#exited.then(() => this.#onExit());
      else if (this.#isReady) this.#send();
    });
  }

  /** Kills the process; resolves when it has exited. */
  async end(): Promise<void> {
    this.#kill({ errorType: "Sandbox.Stopped", errorMessage: "the host was stopped", endedBy: "stop" });
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

  #onMessage(message: RuntimeMessage): void {
    // Also while the process is being killed: the started attempts must be known.
    if (message.kind === "attempt") this.#onAttempt(message);
    else if (!this.#killedFor) this.#onAnswer(message);
  }

  #onAnswer(message: Exclude<RuntimeMessage, { kind: "attempt" }>): void {
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

  #kill(reason: Killed): void {
    this.#killedFor ??= reason;
    killGroup(this.#child.pid ?? 0);
  }

  #onExit(): void {
    clearInterval(this.#memoryWatch);
    const { exitCode, signalCode } = this.#child;
    const { errorType, errorMessage } = this.#killedFor ?? exitError(exitCode, signalCode);
    const ended = this.#endedWorker();
    this.#answer({ ok: false, errorType, errorMessage, ...(ended && { ended }) });
  }

  /** Undefined when the environment never became ready, and so never started the invocation. */
  #endedWorker(): EndedWorker | undefined {
    if (!this.#isReady && this.#killedFor?.endedBy !== "stop") return undefined;
    const started = new Set([...this.#started.values()].map(({ run }) => run));
    return { name: this.#name, started, suspects: this.#suspects() };
  }

  #suspects(): EndedWorker["suspects"] {
    const { exitCode, signalCode: signal } = this.#child;
    const { memoryMb, timeoutMs } = this.#config;
    const end = { exitCode, signal, endedBy: this.#killedFor?.endedBy, isHeapFull: this.#isHeapFull };
    return suspectsOf([...this.#started.values()], { ...end, memoryMb, timeoutMs }, Date.now());
  }

  #onAttempt({ attempt, run, endsAt }: Extract<RuntimeMessage, { kind: "attempt" }>): void {
    const { startedAt = Date.now() } = this.#started.get(attempt) ?? {};
    if (endsAt === undefined) this.#started.delete(attempt);
    else this.#started.set(attempt, { run, startedAt, endsAt });
  }

  #checkMemory(): void {
    const used = residentMb(this.#child.pid ?? 0);
    if (used > this.#config.memoryMb) this.#kill(outOfMemory(this.#config.memoryMb, used));
  }
}

const runtime = ownModule("./runtime", import.meta.url);

/** Lambda's naming: one log stream per execution environment. */
const logStreamName = (): string =>
  `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${randomUUID().replaceAll("-", "")}`;

const startChild = (
  config: FunctionConfig,
  logStream: string,
  { onLine, codeCache }: Pick<FunctionHost, "onLine" | "codeCache">,
): ChildProcess => {
  const child = fork(runtime, codeCache === undefined ? [] : [codeCache], {
    cwd: config.folder,
    env: lambdaEnvironment(config, logStream),
    // Lambda reserves a tenth of the memory for everything but JavaScript's heap.
    execArgv: [`--max-old-space-size=${Math.floor(config.memoryMb * 0.9)}`],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A separate process group: Ctrl-C in the terminal must not reach a run that is being drained.
    detached: true,
  });
  for (const stream of ["stdout", "stderr"] as const) {
    const input = child[stream];
    if (input) createInterface({ input }).on("line", (text) => onLine({ from: config.name, stream, text }));
  }
  return child;
};

/** How long to wait for the last lines: a child of the process may keep its output open longer. */
const lastLinesMs = 500;

/** Resolves when the process has ended and its last lines were read, or when it could not be started. */
const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once("close", () => resolve());
    child.once("exit", () => setTimeout(resolve, lastLinesMs));
    child.on("error", () => {
      if (child.pid === undefined) resolve();
    });
  });

/** Kills the process and all its children. */
const killGroup = (pid: number): void => {
  try {
    if (pid > 0) process.kill(-pid, "SIGKILL");
  } catch {
    // Already gone.
  }
};

interface Killed extends FunctionError {
  readonly endedBy?: ProcessEnd["endedBy"];
}

const initTimedOut: Killed = { errorType: "Sandbox.Timedout", errorMessage: "Init timed out" };

const timedOut = (timeoutMs: number): Killed => ({
  endedBy: "timeout",
  errorType: "Sandbox.Timedout",
  errorMessage: `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`,
});

const outOfMemory = (limitMb: number, usedMb: number): Killed => ({
  endedBy: "memory",
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
