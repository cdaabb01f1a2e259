import type { SeedOptions, SeedOutcome } from "./simulate-seed.ts";
import { clockText } from "./world.ts";

const maxShown = 8;

/** The report of a failed seed. */
export const failureText = (
  { seed, violations, failure }: SeedOutcome,
  { rate, mode }: Pick<SeedOptions, "rate" | "mode">,
): string => {
  const lines = [`\nseed ${seed} failed (${mode === "pair" ? "two faults" : `faults at ${rate} %`}):`];
  lines.push(...shown(violations.map((violation) => `  ${violation}`)));
  if (failure && failure.repetitions > 0) {
    lines.push(`  ${failure.steps.length} of its ${failure.decided} steps suffice:`);
    lines.push(...failure.steps.map(({ at, key }) => `    ${clockText(at)}  ${key}`));
    lines.push("  With these steps:", ...shown(failure.violations.map((violation) => `    ${violation}`)));
  }
  lines.push(`  Repeat it: npm run simulate -- --seeds 1 --from ${seed} --rate ${rate} --mode ${mode}`);
  return lines.join("\n");
};

const shown = (lines: readonly string[]): readonly string[] =>
  lines.length <= maxShown ? lines : [...lines.slice(0, maxShown), `    and ${lines.length - maxShown} more`];
