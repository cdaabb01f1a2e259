import { prices } from "../../../shared/core/cost/prices.ts";
import { withoutUndefined } from "../../../shared/core/without-undefined.ts";
import { count, decimal, table } from "../table.ts";
import { add, type Counted, type Counts, nothing } from "./count.ts";
import { withCountedPipeline } from "./counted-pipeline.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

export interface Cost extends Pick<Scenario, "step" | "aim" | "runs"> {
  readonly counts: Counts;
}

/** Measures each step on its own servers. */
export const measureCost = async (): Promise<readonly Cost[]> => {
  const costs: Cost[] = [];
  for (const { step, aim, runs, before, play } of scenarios()) {
    const counts = await withCountedPipeline(async (pipeline) => {
      await before?.(pipeline);
      pipeline.take();
      await play(pipeline);
      return pipeline.take();
    });
    costs.push(withoutUndefined({ step, runs, counts, aim }));
  }
  return costs;
};

/** Writes shared by all runs of a batch or a tick, which are not part of a step's price. */
const shared = ["PutItem", "UpdateItem"];

const unitsOf = ({ tableUnits, indexUnits, refused }: Counted): number => tableUnits + indexUnits + refused;

const total = (counts: Counts, isWanted: (kind: string) => boolean = () => true): Counted =>
  [...counts].filter(([kind]) => isWanted(kind)).reduce((sum, [, counted]) => add(sum, counted), nothing);

export const describeCost = (costs: readonly Cost[]): string =>
  [
    "Counted from every request that the pipeline's verbs send through the real adapters to the embedded servers, and from the `ConsumedCapacity` of each answer; a refused statement, which AWS charges, is counted as one unit. Input of 100 bytes, rows up to 1 KB, batches of ten. *metrics, marks*: one write for a batch's metrics, and one for a tick's mark, in parts per run. Requests include the receive and the delete of the event source mapping, and a tick's own where a tick is needed.",
    "",
    table(
      [
        "per run",
        "runs at a time",
        "aim",
        "write units",
        "of them in indexes",
        "metrics, marks",
        "read units",
        "AWS requests",
      ],
      costs.map(rowOf),
    ),
    "",
    dollarsOf(costs),
    "",
    ...costs.filter(({ step, runs }) => /enqueued run/.test(step) || runs === 800).flatMap(detailOf),
  ].join("\n");

const rowOf = ({ step, aim, runs, counts }: Cost): readonly string[] => {
  const own = total(counts, (kind) => !shared.includes(kind));
  const all = total(counts);
  return [
    step,
    count(runs),
    aim === undefined ? "–" : decimal(aim),
    ...[unitsOf(own), own.indexUnits, unitsOf(all) - unitsOf(own), all.readUnits, all.requests].map((value) =>
      decimal(value / runs),
    ),
  ];
};

const dollarsOf = (costs: readonly Cost[]): string => {
  const millions = costs
    .filter(({ step, runs }) => step === "an enqueued run" || runs === 800)
    .map(({ step, runs, counts }) => {
      const all = total(counts);
      const sqs = total(counts, (kind) => kind.includes("Message")).requests;
      const sum = unitsOf(all) * prices.writeUnit + all.readUnits * prices.readUnit + sqs * prices.sqsRequest;
      return `a million times *${step}* $${((sum / runs) * 1e6).toFixed(2)}`;
    });
  return `At AWS's prices on demand (us-east-1, 2026), DynamoDB and SQS together: ${millions.join(", ")}. Lambda comes on top, by what the handler takes.`;
};

/** Lists the requests of each kind. */
const detailOf = ({ step, runs, counts }: Cost): readonly string[] => [
  `The requests of *${step}*, ${count(runs)} runs at a time:`,
  "",
  table(
    ["request", "per run", "write units per run", "read units per run"],
    [...counts].map(([kind, counted]) => [
      kind,
      ...[counted.requests, unitsOf(counted), counted.readUnits].map((value) => decimal(value / runs)),
    ]),
  ),
  "",
];
