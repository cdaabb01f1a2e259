import { jsonText } from "../core/json.ts";
import type { LaneName } from "../core/lane.ts";
import { maxReceiveCount } from "../core/lane.ts";
import { type Message, parseMessage } from "../core/message.ts";
import { newRun, runId } from "../core/new-run.ts";
import { hasEnded, type Run } from "../core/run.ts";
import type { Letter } from "../ports.ts";
import { hasTime } from "./dispatch.ts";
import { inputTtl } from "./enqueue.ts";
import { buryMessage } from "./letters.ts";
import { inputPart } from "./payloads.ts";
import { endRun, isEnded, repeatEndEffects } from "./runs/end-run.ts";
import { standing } from "./standing.ts";
import type { Sweep } from "./sweep.ts";

const mostRounds = 50;

/** Long enough to see most letters once, short enough to be out of nobody's way: a native redrive takes visible ones. */
const hiddenSeconds = 10;

const reason = `received ${maxReceiveCount} times without being claimed: its worker was killed or refused each time`;

/**
 * Letters that SQS itself put on a dead-letter queue say nothing of why, and their run may have no row, or one that
 * has not ended. Each is replaced by a letter of ours; ours come back by themselves.
 */
export const drainLane = async (sweep: Sweep, lane: LaneName): Promise<number> => {
  if (!sweep.depths.get(lane)?.dead) return 0;
  let adopted = 0;
  for (let round = 0; round < mostRounds && hasTime(sweep); round++) {
    const letters = await sweep.ports.queue.letters(lane, hiddenSeconds);
    const native = letters.filter((letter) => letter.reason === undefined);
    const replaced = await Promise.all(native.map((letter) => replace(sweep, lane, letter)));
    adopted += replaced.filter(Boolean).length;
    if (letters.length === 0) break;
  }
  return adopted;
};

const replace = async (sweep: Sweep, lane: LaneName, letter: Letter): Promise<boolean> => {
  const { ports } = sweep;
  const isReplaced = await rewrite(sweep, lane, letter).catch((error: unknown) => {
    ports.log.warn("dead letter not replaced: the next sweep will", { lane, problem: String(error) });
    return false;
  });
  if (isReplaced) await ports.queue.discard(lane, letter);
  return isReplaced;
};

const rewrite = async (sweep: Sweep, lane: LaneName, letter: Letter): Promise<boolean> => {
  const { ports, registry } = sweep;
  const parsed = parseMessage(letter.body);
  if ("problem" in parsed) return await buryMessage(ports, lane, letter.body, parsed.problem);
  const { message } = parsed;
  const id = message.id ?? runId(message.job, message.key ?? letter.messageId);
  const row = (await ports.runs.read([id])).get(id) ?? (await adopt(sweep, lane, id, message));
  if (!row) {
    const known = [...registry.jobs.keys()].join(", ");
    return await buryMessage(
      ports,
      lane,
      letter.body,
      `expected the name of a job (${known}), got "${message.job}"`,
    );
  }
  return await endRow(sweep, row, message.gen ?? 1);
};

/** The row its worker would have written, had it lived to. */
const adopt = async (
  { ports, registry, now }: Sweep,
  lane: LaneName,
  id: string,
  message: Message,
): Promise<Run | undefined> => {
  const { job, tenant, schedule, hops, trace } = message;
  if (!registry.jobs.has(job) || !id.startsWith(`${job}:`)) return undefined;
  const input = message.input === undefined ? undefined : jsonText(message.input);
  const due = Math.min(now, message.due ?? now);
  const run = newRun({
    job,
    key: id.slice(job.length + 1),
    lane,
    input,
    due,
    now,
    tenant,
    schedule,
    hops,
    trace,
  });
  if (run.inputStored && input !== undefined)
    await ports.payloads.save(id, inputPart(run), input, inputTtl(due));
  const [created] = await ports.runs.create([run]);
  const row = standing(run, created);
  if (row instanceof Error) throw row;
  return row;
};

const endRow = async ({ ports, now }: Sweep, row: Run, gen: number): Promise<boolean> => {
  if (row.gen === gen && !hasEnded(row.state)) {
    if (row.state === "running" && row.free > now) return false;
    return await endRun(ports, row, { verdict: { kind: "dead", reason }, endedBy: "sweeper" });
  }
  return isEnded(row) && (await repeatEndEffects(ports, row));
};
