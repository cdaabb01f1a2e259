import type { Call, Reply } from "./call.ts";

/** The caller's connection is reset. */
export const hangUp = "hang up";

/**
 * What befalls one call on its way.
 * @param forward has the server execute it, as often as it is called
 */
export type Fault = (forward: () => Promise<Reply>) => Promise<Reply | typeof hangUp>;

/** Which fault befalls a call; undefined: none. Asked once for every call, in the order of arrival. */
export type FaultOf = (call: Call) => Fault | undefined;

export const noFault: FaultOf = () => undefined;

/** Only at the call number `nth`, from 0, of its kind: calls side by side arrive in any order, those of a kind do not. */
export const atCall = (
  { kind, nth }: { readonly kind: string; readonly nth: number },
  fault: Fault,
): FaultOf => {
  let seen = 0;
  return (call) => (call.kind === kind && seen++ === nth ? fault : undefined);
};

/** At every call that `isMeant`, once: what the SDK sends again gets through. */
export const onceAtEach = (isMeant: (call: Call) => boolean, fault: Fault): FaultOf => {
  const seen = new Set<string>();
  return (call) => (isMeant(call) && seen.size < seen.add(call.body).size ? fault : undefined);
};

/** It takes effect and the reply is lost: the SDK sends it again. */
export const executeThenReset: Fault = async (forward) => {
  await forward();
  return hangUp;
};

/** It takes effect and an error is what the caller hears. */
export const executeThenError: Fault = async (forward) => {
  await forward();
  return serverError;
};

export const errorBefore: Fault = async () => serverError;

export const throttle: Fault = async () =>
  errorReply(400, "ProvisionedThroughputExceededException", "slow down");

/** It takes effect twice; the caller hears of the second time. */
export const sendTwice: Fault = async (forward) => {
  await forward();
  return await forward();
};

/** The three instants at which a process can die of a call. */
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
  // A moment later, so that it has read the reply and acted on it.
  "after the reply": (kill) => async (forward) => ({
    ...(await forward()),
    afterwards: () => void setTimeout(kill, 10),
  }),
} satisfies Record<string, (kill: () => void) => Fault>;

/** Keeps a call until then. */
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

const serverError = errorReply(500, "InternalServerError", "a fault of the test's own making");
