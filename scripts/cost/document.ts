import type { IdleCost } from "../../shared/core/cost/idle.ts";
import type { IdleShape } from "../../shared/core/cost/idle-shape.ts";
import { pricedOn } from "../../shared/core/cost/prices.ts";

/** `npm run cost -- --write` replaces the text between these marks in docs/cost.md. */
const begin = "<!-- written by npm run cost -- --write -->";
const end = "<!-- end of what was written -->";

/** One table of items per stage. */
export const idleTables = (costs: readonly IdleCost[]): string =>
  [
    `List prices of us-east-1 on ${pricedOn}, without free tiers, for a month of 30 days.`,
    ...costs.map(tableOf),
  ].join("\n\n");

const tableOf = ({ stage, items, dollars }: IdleCost): string => {
  const head = { item: "item", quantity: "quantity", price: "a month" };
  const rows = items.map(({ item, quantity, dollars }) => ({ item, quantity, price: price(dollars) }));
  const width = (column: keyof typeof head): number =>
    Math.max(...[head, ...rows].map((row) => row[column].length));
  const [item, quantity, last] = [width("item"), width("quantity"), width("price")];
  const line = (row: typeof head): string =>
    `| ${row.item.padEnd(item)} | ${row.quantity.padEnd(quantity)} | ${row.price.padStart(last)} |`;
  const rule = `| ${"-".repeat(item)} | ${"-".repeat(quantity)} | ${"-".repeat(last - 1)}: |`;
  return [`**${stage}: ${price(dollars)} a month**`, "", line(head), rule, ...rows.map(line)].join("\n");
};

const price = (dollars: number): string => `$${dollars.toFixed(2)}`;

/** @throws Error when the document does not have both marks */
export const withIdleTables = (document: string, costs: readonly IdleCost[]): string => {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/cost.md: expected "${begin}" and then "${end}"`);
  return `${document.slice(0, from)}${begin}\n\n${idleTables(costs)}\n\n${document.slice(to)}`;
};

/** The text of shared/core/cost/idle-shapes.ts. */
export const shapesModule = (shapes: Readonly<Record<string, IdleShape>>): string =>
  [
    `import type { IdleShape } from "./idle-shape.ts";`,
    "",
    "/**",
    " * The stages of infra/stages.ts, for the CLI, which has no templates to read. Written by",
    " * `npm run cost -- --write`; a test compares it with the templates.",
    " */",
    "export const idleShapes: Readonly<Record<string, IdleShape>> = {",
    ...Object.entries(shapes).flatMap(([stage, shape]) => [
      `  ${/^\w+$/.test(stage) ? stage : JSON.stringify(stage)}: {`,
      ...Object.entries(shape).map(([key, value]) => `    ${key}: ${textOf(value)},`),
      "  },",
    ]),
    "};",
    "",
  ].join("\n");

const textOf = (value: number | readonly number[]): string =>
  typeof value === "number" ? String(value) : `[${value.join(", ")}]`;
