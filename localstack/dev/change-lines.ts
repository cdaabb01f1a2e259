import type { Build } from "./build.ts";
import { color } from "./color.ts";
import type { Redeployed } from "./redeploy.ts";

/** Describes what became of a changed file. */
export const changeLines = (change: Redeployed, isColored: boolean): readonly string[] => {
  switch (change.kind) {
    case "deployed":
      return [deployedLine(change, isColored)];
    case "broken":
      return [color(isColored, "red", change.problem), "The last version that worked continues."];
    case "restored":
      return ["Restored: the code is that of the version which is running."];
  }
};

const maxErrors = 10;

/** Describes the type errors of an app. */
export const typeLines = (errors: readonly string[], isColored: boolean): readonly string[] => {
  if (errors.length === 0) return [color(isColored, "green", "no type errors any more")];
  const more = errors.length - maxErrors;
  const shown = errors.slice(0, maxErrors).map((line) => color(isColored, "yellow", line));
  return more > 0 ? [...shown, `${more} more lines: run npx tsc --noEmit`] : shown;
};

const deployedLine = (
  { files, tookMs, previous, build }: Extract<Redeployed, { kind: "deployed" }>,
  isColored: boolean,
): string => {
  const took = `in ${(tookMs / 1_000).toFixed(1)} s`;
  const changes = [...changesOf("job", jobNames(previous), jobNames(build)), ...schedulesIn(previous, build)];
  return [`${color(isColored, "green", "updated")} ${took}: ${listed(files)}`, ...changes].join("; ");
};

const jobNames = ({ jobs }: Build): readonly string[] => jobs.map(({ name }) => name);

const schedulesIn = (previous: Build, build: Build): readonly string[] =>
  changesOf("schedule", previous.schedules, build.schedules);

const changesOf = (noun: string, before: readonly string[], after: readonly string[]): readonly string[] => [
  ...after.filter((name) => !before.includes(name)).map((name) => `new ${noun} ${name}`),
  ...before.filter((name) => !after.includes(name)).map((name) => `${noun} ${name} removed`),
];

const maxListed = 3;

const listed = (files: readonly string[]): string =>
  [
    ...files.slice(0, maxListed),
    ...(files.length > maxListed ? [`${files.length - maxListed} more`] : []),
  ].join(", ");
