/**
 * `npm run cost`: prints the monthly idle cost of each stage, item by item, computed from its template.
 * `npm run cost -- --write` also writes it to docs/cost.md and shared/core/cost/idle-shapes.ts.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { millraceApp } from "../infra/millrace-app.ts";
import { stages } from "../infra/stages.ts";
import { idleCostOf } from "../shared/core/cost/idle.ts";
import type { IdleShape } from "../shared/core/cost/idle-shape.ts";
import { namesOf } from "../shared/core/names.ts";
import { idleTables, shapesModule, withIdleTables } from "./cost/document.ts";
import { idleShapeOf } from "./cost/shape.ts";

const root = join(import.meta.dirname, "..");

const shapesOfStages = async (): Promise<Readonly<Record<string, IdleShape>>> => {
  const outdir = await mkdtemp(join(tmpdir(), "millrace-cost-"));
  try {
    const { context } = JSON.parse(await readFile(join(root, "cdk.json"), "utf8"));
    const app = millraceApp({
      region: "us-east-1",
      outdir,
      context,
    });
    const assembly = app.synth();
    return Object.fromEntries(
      stages.map(({ name }) => [name, idleShapeOf(assembly.getStackByName(namesOf(name).stack).template)]),
    );
  } finally {
    await rm(outdir, { recursive: true });
  }
};

const { values: flags } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const shapes = await shapesOfStages();
const costs = Object.entries(shapes).map(([stage, shape]) => idleCostOf(stage, shape));
console.log(idleTables(costs));
if (flags.write) {
  const document = join(root, "docs", "cost.md");
  await writeFile(document, withIdleTables(await readFile(document, "utf8"), costs));
  await writeFile(join(root, "shared", "core", "cost", "idle-shapes.ts"), shapesModule(shapes));
  console.log("\nWrote docs/cost.md and shared/core/cost/idle-shapes.ts.");
}
