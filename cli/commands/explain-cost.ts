import type { IdleCost } from "../../shared/core/cost/idle.ts";
import { pricedOn } from "../../shared/core/cost/prices.ts";
import { type Cost, usualAssumptions } from "../../shared/core/cost/schedule-cost.ts";
import type { Explanation } from "../../shared/core/rules/explain/explain.ts";
import type { Rhythm } from "../../shared/core/rules/explain/volume.ts";

/** What a rule costs, and the assumptions behind the figures. */
export const costLines = ({ rhythm, cost, idle }: Explanation): readonly (readonly [string, string])[] => [
  ["runs", runs(rhythm)],
  ...(rhythm.perMonth.runs > 0
    ? [["price", price(cost, rhythm.perMonth.runs)] as const, ["assumed", assumed] as const]
    : []),
  ["besides", besides(idle)],
];

/** The cost of the pipeline itself, shared by all schedules. */
const besides = (idle: readonly IdleCost[]): string => {
  const each = idle.map(({ stage, dollars: total }) => `${dollars(total)} as ${stage}`).join(", ");
  return `The idle pipeline costs ${each} a month. docs/cost.md lists the items.`;
};

const runs = ({ next30Days, isExact, perMonth, perAdvance }: Rhythm): string => {
  if (perMonth.runs === 0) return "None in the next four years.";
  const next = `${isExact ? number(next30Days) : `About ${means(next30Days)}`} in the next 30 days`;
  const mean = isFrequent(perMonth.runs)
    ? `${means(perMonth.runs / 30)} a day`
    : `${means(perMonth.runs * 12)} a year`;
  const share = perAdvance > 1 ? ` One advance of the schedule covers ${means(perAdvance)} of them.` : "";
  return `${next}, ${mean} on average.${share}`;
};

const isFrequent = (perMonth: number): boolean => perMonth >= 15;

const price = (cost: Cost, monthlyRuns: number): string => {
  const perMillion = 1_000_000 / monthlyRuns;
  const month = cost.total < 0.01 ? "less than $0.01" : dollars(cost.total);
  return `${month} a month; ${dollars(cost.total * perMillion)} per million runs: ${parts(cost, perMillion)}.`;
};

const parts = ({ writes, reads, requests, compute, logs }: Cost, factor: number): string =>
  [
    `DynamoDB ${dollars((writes + reads) * factor)}`,
    `SQS ${dollars(requests * factor)}`,
    `Lambda ${dollars(compute * factor)}`,
    `logs ${dollars(logs * factor)}`,
  ].join(", ");

const { workSeconds, memoryGb, batch, logKb } = usualAssumptions;

const assumed = [
  `Each run takes ${workSeconds * 1_000} ms in ${memoryGb} GB`,
  batch === 1 ? "is alone in its batch" : `is in a batch of ${batch}`,
  `logs ${logKb} KB and succeeds at the first attempt; list prices of us-east-1 on ${pricedOn}.`,
].join(", ");

const number = (value: number): string => value.toLocaleString("en-US");

/** Rounds a mean to three significant digits. */
const means = (value: number): string => number(Number(value.toPrecision(3)));

const dollars = (value: number): string =>
  value.toLocaleString("en-US", { style: "currency", currency: "USD" });
