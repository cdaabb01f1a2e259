import { type Cost, pricedOn, usualAssumptions } from "../shared/core/cost.ts";
import type { Explanation } from "../shared/core/explain/explain.ts";
import type { Rhythm } from "../shared/core/explain/volume.ts";

/** What a rule costs, and what was taken for granted to say so. */
export const costLines = ({
  rhythm,
  cost,
  idleCost,
}: Explanation): readonly (readonly [string, string])[] => [
  ["runs", runs(rhythm)],
  ["price", `${dollars(cost.total)} a month: ${parts(cost)}.`],
  ["assumed", assumed],
  [
    "besides",
    `${dollars(idleCost.total)} a month for the pipeline, whatever it does: polls, ticks, queries.`,
  ],
];

const runs = ({ next30Days, isExact, perDay, perMonth, perAdvance }: Rhythm): string => {
  const next = `${isExact ? "" : "about "}${number(next30Days)} in the next 30 days`;
  const mean = `${number(perDay)} a day, ${number(perMonth.runs)} a month`;
  return `${next}; ${mean}; ${number(perAdvance)} ${perAdvance === 1 ? "instant" : "instants"} per advance.`;
};

const parts = ({ writes, reads, requests, compute, logs }: Cost): string =>
  [
    `DynamoDB ${dollars(writes + reads)}`,
    `SQS ${dollars(requests)}`,
    `Lambda ${dollars(compute)}`,
    `logs ${dollars(logs)}`,
  ].join(", ");

const { workSeconds, memoryGb, batch, logKb } = usualAssumptions;

const assumed = [
  `Each run works ${workSeconds * 1_000} ms in ${memoryGb} GB`,
  batch === 1 ? "comes alone in its batch" : `comes in a batch of ${batch}`,
  `logs ${logKb} KB and succeeds at once; list prices of us-east-1 on ${pricedOn}.`,
].join(", ");

/** Three digits tell enough. */
const number = (value: number): string =>
  value.toLocaleString("en-US", Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 });

const dollars = (value: number): string =>
  `$${value.toLocaleString("en-US", value < 1 ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
