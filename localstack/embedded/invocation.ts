import type { EndedWorker } from "./ended-worker.ts";

/** The outcome of one invocation: the handler's response, or Lambda's "function error". */
export type Invocation =
  | { readonly ok: true; readonly response: unknown }
  | ({
      readonly ok: false;
      /** Set when the environment ended during the invocation. */
      readonly ended?: EndedWorker;
    } & FunctionError);

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** From the host to an execution environment. */
export interface InvokeMessage {
  readonly requestId: string;
  readonly functionArn: string;
  readonly deadlineAt: number;
  readonly event: unknown;
}

/** From an execution environment to the host. A response is JSON text, as in Lambda's API. */
export type RuntimeMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "init failed"; readonly error: FunctionError }
  /** An attempt started or was extended; without `endsAt`, it ended. */
  | {
      readonly kind: "attempt";
      readonly attempt: number;
      readonly run: string;
      readonly endsAt?: number;
    }
  | { readonly kind: "answered"; readonly requestId: string; readonly response: string }
  | { readonly kind: "threw"; readonly requestId: string; readonly error: FunctionError };
