import type { Ports } from "../../shared/ports.ts";
import type { Decisions } from "./decisions.ts";

export interface FaultOptions {
  readonly decisions: Decisions;
  /** The part of calls that go wrong in some way, such as 0.03. */
  readonly rate: () => number;
}

type Call = (...args: readonly unknown[]) => Promise<unknown>;

/** Ports whose writes are answered item by item. */
const itemwise: ReadonlySet<string> = new Set([
  "runs.create",
  "runs.claim",
  "runs.change",
  "schedules.change",
  "queue.send",
  "queue.bury",
]);

/** What is kept for people only, and is best effort by contract. */
const spared: ReadonlySet<string> = new Set(["metrics.save"]);

/**
 * The outside with faults: a call that fails before or after it took effect, a slow one, a batch some of whose items
 * fail or whose answers are lost, a message that is doubled, an index page with entries missing. Each is something that
 * the AWS adapters answer or throw.
 */
export const withFaults = (ports: Ports, options: FaultOptions): Ports => ({
  ...ports,
  ...wrapped(ports, options),
});

const wrapped = (ports: Ports, options: FaultOptions): Partial<Ports> =>
  Object.fromEntries(
    Object.entries(ports).flatMap(([name, port]: [string, unknown]) =>
      isOutside(name, port) ? [[name, wrapPort(name, port, { ports, ...options })]] : [],
    ),
  );

/** The clock, chance and the log never fail; an optional port may be absent. */
export const isOutside = (name: string, port: unknown): port is object =>
  typeof port === "object" && port !== null && !["clock", "random", "log"].includes(name);

interface Context extends FaultOptions {
  readonly ports: Ports;
}

const wrapPort = (name: string, port: object, context: Context): object =>
  new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      const call: Call = async (...args) => await Reflect.apply(member, target, args);
      return faultyCall(`${name}.${String(key)}`, call, context);
    },
  });

const slowestMs = 2_000;

const faultyCall =
  (site: string, call: Call, context: Context): Call =>
  async (...args) => {
    const { decisions, ports } = context;
    const rate = context.rate();
    if (rate === 0 || spared.has(site)) return await call(...args);
    if (decisions.happens(`${site} fails before`, rate * 0.3)) throw new Error(`${site}: failed before`);
    if (decisions.happens(`${site} slow`, rate * 0.7))
      await ports.clock.sleep(Math.floor(decisions.unit(`${site} delay`) * slowestMs));
    const answer = itemwise.has(site)
      ? await eachItem(site, call, args[0], context)
      : withoutEntries(site, await call(...args), context);
    if (isWrite(site) && decisions.happens(`${site} reply lost`, rate * 0.2))
      throw new Error(`${site}: reply lost`);
    return answer;
  };

const reads = /\.(read|due|list|all|marks|jobNames|ledger|note|load|depth|letters|dead)$/;

const isWrite = (site: string): boolean => !reads.test(site);

/** A secondary index lags behind its table: an entry may be missing from a page. */
const withoutEntries = (site: string, answer: unknown, { decisions, rate }: Context): unknown => {
  if (!/\.(due|list|dead)$/.test(site) || !isPage(answer)) return answer;
  const ids = answer.ids.filter(() => !decisions.happens(`${site} lags`, rate()));
  return { ...answer, ids };
};

const isPage = (answer: unknown): answer is { readonly ids: readonly string[] } =>
  typeof answer === "object" && answer !== null && "ids" in answer && Array.isArray(answer.ids);

/** Each item of a batch stands or falls alone, before or after its effect, as DynamoDB's and SQS's batches do. */
const eachItem = async (
  site: string,
  call: Call,
  items: unknown,
  context: Context,
): Promise<readonly unknown[]> => {
  const { decisions } = context;
  const answers: unknown[] = [];
  for (const item of Array.isArray(items) ? items : []) {
    const rate = context.rate();
    if (decisions.happens(`${site} item throttled`, rate * 0.4)) {
      answers.push(await refusal(site, item, context));
      continue;
    }
    const one: unknown = await call([item]);
    if (site.startsWith("queue.") && decisions.happens(`${site} item doubled`, rate * 0.2))
      await call([item]);
    const isLost = decisions.happens(`${site} item answer lost`, rate * 0.2);
    answers.push(isLost ? await refusal(site, item, context) : Array.isArray(one) ? one[0] : one);
  }
  return answers;
};

/** What the adapter answers when a write was refused, or its answer was lost: the row as it is. */
const refusal = async (site: string, item: unknown, { ports }: Context): Promise<unknown> => {
  if (site.startsWith("queue.")) return "throttled";
  if (site === "schedules.change") return false;
  const id = typeof item === "object" && item !== null ? Reflect.get(item, "id") : undefined;
  const row = typeof id === "string" ? (await ports.runs.read([id])).get(id) : undefined;
  if (site === "runs.claim") {
    const token = Reflect.get(Object(item), "token");
    return row?.state === "running" && row.token === token ? { run: row } : { refused: row };
  }
  if (site === "runs.change") return { changed: false, now: row };
  return row ? { created: false, existing: row } : { created: false, failed: "throttled" };
};
