/** Internals of fauxqs, whose package exports only `startFauxqs`. Pinned to version 2.4.1. */
interface Queue {
  waitForMessages(seconds: number): Promise<void>;
  cancelWaiters(): void;
}

/** The long polls of the SQS server in this process. */
export interface LongPolls {
  /**
   * Answers all long polls now, and later ones at once. fauxqs would continue one after its caller hangs up, and hide
   * what it receives.
   */
  end(): void;
}

/** Lets this process end the long polls of queues that are created later. */
export const controlLongPolls = async (): Promise<LongPolls> => {
  const { SqsQueue }: { SqsQueue: { readonly prototype: Queue } } = await import(
    new URL("./sqs/sqsStore.js", import.meta.resolve("fauxqs")).href
  );
  const queues = new Set<Queue>();
  let isEnding = false;
  const { waitForMessages } = SqsQueue.prototype;
  SqsQueue.prototype.waitForMessages = async function (seconds) {
    if (isEnding) return;
    queues.add(this);
    await waitForMessages.call(this, seconds);
  };
  return {
    end() {
      isEnding = true;
      SqsQueue.prototype.waitForMessages = waitForMessages;
      for (const queue of queues) queue.cancelWaiters();
    },
  };
};
