import type { ProcessorTime } from "./processor-time.ts";
import type { Spread } from "./spread.ts";

/** Formats a Markdown table. The first column is text, the others are numbers. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? "---" : "--:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** Formats with up to two decimal places, without trailing zeros. */
export const decimal = (value: number): string => String(Math.round(value * 100) / 100);

const ms = (value: number): string => (Number.isNaN(value) ? "–" : `${count(value)} ms`);

export const spreadHead = ["p50", "p95", "p99", "max"];
export const spreadCells = ({ p50, p95, p99, max }: Spread): readonly string[] =>
  [p50, p95, p99, max].map(ms);

/**
 * Shows which processes used the processors, and how much was idle.
 * @param perSecond runs per second, for the cost of one run
 */
export const processorTable = (
  { cores, uses, others, waiting }: ProcessorTime,
  perSecond?: number,
): string => {
  if (uses.length === 0) return "Processor time was not measured: it is available only on Linux.";
  const ours = uses.reduce((sum, use) => sum + use.cores, 0);
  const idle = Math.max(0, cores - ours - others - waiting);
  const shown = [
    ...[...uses].sort((a, b) => b.cores - a.cores).map((use) => [nameOf(use), use.cores, true] as const),
    ["all of these", ours, true] as const,
    ["others on this machine", others, false] as const,
    ["waiting for the disk", waiting, false] as const,
    [`idle, of ${cores}`, idle, false] as const,
  ];
  const rows = shown.map(([name, used, isOurs]) => {
    const each = perSecond !== undefined && isOurs ? `${decimal((used * 1_000) / perSecond)} ms` : "";
    return [name, decimal(used), ...(perSecond === undefined ? [] : [each])];
  });
  const head = ["processor time", "cores", ...(perSecond === undefined ? [] : ["per run"])];
  return [table(head, rows), ...disturbance(others, cores)].join("\n");
};

const nameOf = ({ name, processes }: ProcessorTime["uses"][number]): string =>
  processes > 1 ? `${name} (${processes} processes)` : name;

const disturbance = (others: number, cores: number): readonly string[] =>
  others > 0.1 * cores
    ? [
        "",
        `**Disturbed**: other work took ${decimal(others)} of ${cores} cores. These figures are better on a quiet machine.`,
      ]
    : [];
