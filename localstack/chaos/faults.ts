import type { Call, Reply } from "./call.ts";

/** The caller's connection is reset. */
export const hangUp = "hang up";

/**
 * What happens to one call on its way.
 * @param forward sends the call to the server, each time that it is called
 */
export type Fault = (forward: () => Promise<Reply>) => Promise<Reply | typeof hangUp>;

/** Selects the fault of a call, if any. Called once for every call, in the order of arrival. */
export type FaultOf = (call: Call) => Fault | undefined;

export const noFault: FaultOf = () => undefined;

/** Applies to the call number `nth`, from 0, of its kind. Concurrent calls arrive in any order, but not those of a kind. */
export const atCall = (
  { kind, nth }: { readonly kind: string; readonly nth: number },
  fault: Fault,
): FaultOf => {
  let seen = 0;
  return (call) => (call.kind === kind && seen++ === nth ? fault : undefined);
};

/** Applies once to every matching call: the SDK's retry of it gets through. */
export const onceAtEach = (matches: (call: Call) => boolean, fault: Fault): FaultOf => {
  const seen = new Set<string>();
  return (call) => (matches(call) && seen.size < seen.add(call.body).size ? fault : undefined);
};

/** The call takes effect, its reply is lost, and the SDK retries it. */
export const executeThenReset: Fault = async (forward) => {
  await forward();
  return hangUp;
};

/** The call takes effect, and the caller receives an error. */
export const executeThenError: Fault = async (forward) => {
  await forward();
  return serverError;
};

export const errorBefore: Fault = async () => serverError;

export const throttle: Fault = async () =>
  errorReply(400, "ProvisionedThroughputExceededException", "slow down");

/** The call takes effect twice; the caller receives the second reply. */
export const sendTwice: Fault = async (forward) => {
  await forward();
  return await forward();
};

/** The three instants at which a process can be killed around a call. */
export const crashPoints = {
  "before it": (kill) => async () => {
    kill();
    return hangUp;
  },
  "after it took effect, before the reply": (kill) => async (forward) => {
    await forward();
    kill();
    return hangUp;
  },
  // After a delay, so that the process has read the reply and acted on it.
  "after the reply": (kill) => async (forward) => ({
    ...(await forward()),
    afterwards: () => void setTimeout(kill, 10),
  }),
} satisfies Record<string, (kill: () => void) => Fault>;

/** Holds a call until the promise resolves. */
export const holdUntil =
  (then: Promise<unknown>): Fault =>
  async (forward) => {
    await then;
    return await forward();
  };

const errorReply = (status: number, type: string, message: string): Reply => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-errortype": type },
  body: JSON.stringify({ __type: type, message }),
});

const serverError = errorReply(500, "InternalServerError", "a fault injected by the test");
