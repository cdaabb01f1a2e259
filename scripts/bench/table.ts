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

/** Which processes kept the processors busy, and whether there was any processor left. */
export const processorTable = ({ cores, uses, others }: ProcessorTime): string => {
  if (uses.length === 0) return "Processor time was not measured: only Linux tells it.";
  const rows = [...uses]
    .sort((a, b) => b.cores - a.cores)
    .map((use) => [
      `${use.name}${use.processes > 1 ? ` (${use.processes} processes)` : ""}`,
      decimal(use.cores),
    ]);
  const busy = uses.reduce((sum, use) => sum + use.cores, others);
  const total = [`**busy, of ${cores}**`, `**${decimal(busy)}**`];
  return table(["processor time", "cores"], [...rows, ["others on this machine", decimal(others)], total]);
};
