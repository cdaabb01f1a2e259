import type { Ports, Queue, Runs } from "../../../shared/ports/index.ts";
import type { World } from "../world.ts";

/**
 * What may become of one item of a batch, in a request that is answered: `refused` was not written, `doubted` was
 * written and is answered as if it was not, `doubled` was written twice. The row that comes with the answer has the
 * truth.
 */
type ItemFault = "refused" | "doubted" | "doubled";

/** The ports of a process, with single items of its batches throttled. */
export const withItemFaults = (world: World, label: string, ports: Ports): Ports => {
  const { runs, schedules, queue } = ports;
  const rowOf = async (id: string) => (await runs.read([id])).get(id);
  const counts = new Map<string, number>();
  const itemwise = <Item, Answer>(
    called: string,
    write: (items: readonly Item[]) => Promise<readonly Answer[]>,
    refused: (item: Item) => Promise<Answer>,
  ) => {
    return async (items: readonly Item[]): Promise<readonly Answer[]> => {
      const number = (counts.get(called) ?? 0) + 1;
      counts.set(called, number);
      const faults = items.map((_, i) =>
        itemFault(world, `${label}: ${called} ${number}, item ${i + 1}`, called),
      );
      if (!faults.some((fault) => fault !== undefined)) return await write(items);
      const answers: Answer[] = [];
      for (const [i, item] of items.entries())
        answers.push(await writeOne(item, faults[i], { write, refused }));
      return answers;
    };
  };
  const create: Runs["create"] = itemwise("runs.create", runs.create, async ({ id }) => {
    const existing = await rowOf(id);
    return existing ? { created: false, existing } : { created: false, failed: "throttled" };
  });
  const claim: Runs["claim"] = itemwise("runs.claim", runs.claim, async ({ id }) => ({
    refused: await rowOf(id),
  }));
  const change: Runs["change"] = itemwise("runs.change", runs.change, async ({ id }) => ({
    changed: false,
    now: await rowOf(id),
  }));
  const send: Queue["send"] = itemwise("queue.send", queue.send, async () => "throttled");
  const sendDeadLetters: Queue["sendDeadLetters"] = itemwise(
    "queue.sendDeadLetters",
    queue.sendDeadLetters,
    async () => "throttled",
  );
  return {
    ...ports,
    runs: { ...runs, create, claim, change },
    schedules: {
      ...schedules,
      create: itemwise("schedules.create", schedules.create, async () => false),
      change: itemwise("schedules.change", schedules.change, async () => false),
    },
    queue: { ...queue, send, sendDeadLetters },
  };
};

const itemFault = (world: World, key: string, called: string): ItemFault | undefined => {
  if (world.fault(`${key}: throttled`, 0.4)) return "refused";
  if (world.fault(`${key}: written, answered as throttled`, 0.4)) return "doubted";
  return called.startsWith("queue.") && world.fault(`${key}: sent twice`, 0.3) ? "doubled" : undefined;
};

interface Writer<Item, Answer> {
  readonly write: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly refused: (item: Item) => Promise<Answer>;
}

const writeOne = async <Item, Answer>(
  item: Item,
  fault: ItemFault | undefined,
  { write, refused }: Writer<Item, Answer>,
): Promise<Answer> => {
  if (fault === "refused") return await refused(item);
  const [answer] = await write([item]);
  if (fault === "doubled") await write([item]);
  return fault === "doubted" || answer === undefined ? await refused(item) : answer;
};
