import type { ProcessorTime } from "./processor-time.ts";
import type { Spread } from "./spread.ts";

/** A table in Markdown. The first column is text, the others are numbers. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? "---" : "--:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** Up to two digits after the point, none that say nothing. */
export const decimal = (value: number): string => String(Math.round(value * 100) / 100);

const ms = (value: number): string => (Number.isNaN(value) ? "–" : `${count(value)} ms`);

export const spreadHead = ["p50", "p95", "p99", "max"];
export const spreadCells = ({ p50, p95, p99, max }: Spread): readonly string[] =>
  [p50, p95, p99, max].map(ms);

/**
 * Which processes kept the processors busy, and whether there was any processor left.
 * @param perSecond how many runs each second had, to say what one of them costs
 */
export const processorTable = ({ cores, uses, others }: ProcessorTime, perSecond?: number): string => {
  if (uses.length === 0) return "Processor time was not measured: only Linux tells it.";
  const row = (name: string, used: number): readonly string[] => [
    name,
    decimal(used),
    ...(perSecond === undefined ? [] : [`${decimal((used * 1_000) / perSecond)} ms`]),
  ];
  const ours = uses.reduce((sum, use) => sum + use.cores, 0);
  const named = [...uses]
    .sort((a, b) => b.cores - a.cores)
    .map((use) => row(`${use.name}${use.processes > 1 ? ` (${use.processes} processes)` : ""}`, use.cores));
  const rest = [
    row("all of these", ours),
    ["others on this machine", decimal(others), ""],
    [`idle, of ${cores}`, decimal(Math.max(0, cores - ours - others)), ""],
  ];
  const head = ["processor time", "cores", ...(perSecond === undefined ? [] : ["per run"])];
  const rows = [...named, ...rest].map((cells) => cells.slice(0, head.length));
  return [table(head, rows), ...disturbance(others, cores)].join("\n");
};

const disturbance = (others: number, cores: number): readonly string[] =>
  others > 0.1 * cores
    ? [
        "",
        `**Disturbed**: other work took ${decimal(others)} of ${cores} cores. On a quiet machine these figures are better.`,
      ]
    : [];
