import { ContentionError, DefinitionError } from "../../core/errors.ts";
import { isWritten, rowAfter } from "../../core/runs/change.ts";
import { checkInstant } from "../../core/runs/enqueue-options.ts";
import { maxDelayMs } from "../../core/runs/new-run.ts";
import { runNotFound } from "../../core/runs/not-found.ts";
import { reschedule } from "../../core/runs/requeue.ts";
import { isTerminal, type Run } from "../../core/runs/run.ts";
import type { Ports } from "../../ports/index.ts";
import { inputTtl } from "../enqueue/enqueue.ts";
import { outgoingMessage } from "./outgoing-message.ts";
import { inputPart } from "./payloads.ts";

/**
 * Reschedule a waiting run.
 * @throws NotFoundError when there is no such run; DefinitionError when it is running, has ended or is an occurrence,
 * whose instant is part of its id; ContentionError when it was modified concurrently.
 */
export const rescheduleRun = async (ports: Ports, id: string, at: Date): Promise<Run> => {
  const { runs, queue, clock } = ports;
  const run = (await runs.read([id])).get(id);
  if (!run) throw runNotFound(id);
  const now = clock.now();
  checkWaits(run);
  const due = checkInstant(at, now);
  await keepInput(ports, run, due);
  const change = reschedule(run, due);
  const [written] = await runs.change([change]);
  if (!written?.changed && !isWritten(written?.now, change)) throw new ContentionError(`run "${id}"`);
  const after = rowAfter(run, change);
  if (due - now <= maxDelayMs) {
    // The dispatcher sends it as well, at its next tick. Only one of the two messages can claim the run.
    await queue.send([outgoingMessage(after, clock.now())]);
  }
  return after;
};

/** Extend the TTL of a separately stored input, which counts from when the run is due. */
const keepInput = async ({ payloads }: Ports, run: Run, due: number): Promise<void> => {
  if (!run.inputStored || due <= run.dueAt) return;
  const text = await payloads.load(run.id, inputPart(run));
  if (text !== undefined) await payloads.save(run.id, inputPart(run), text, inputTtl(due));
};

const checkWaits = ({ id, state, schedule }: Run): void => {
  if (state === "running" || isTerminal(state)) {
    throw new DefinitionError(`run "${id}"`, {
      expected: "a waiting run",
      got: `one that is ${state}`,
    });
  }
  if (schedule !== undefined) {
    throw new DefinitionError(`run "${id}"`, {
      expected: "a run that was enqueued",
      got: `an occurrence of "${schedule}"`,
      remedy: "edit the schedule",
    });
  }
};
