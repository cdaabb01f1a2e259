import type { Command } from "commander";
import type { LaneView } from "../shared/pipeline/operations/lanes.ts";
import { count } from "./count.ts";
import { answer, type Io, type Screen } from "./io.ts";
import { type Cell, type Column, table } from "./table.ts";
import { took } from "./time.ts";

export const addLanes = (program: Command, io: Io): void => {
  program
    .command("lanes")
    .description("Show what the lanes hold and did lately.")
    .option("--minutes <count>", "so many full minutes (default: 5)", count)
    .action(async (input: object, command: Command) => {
      const { showLanes } = await import("../shared/pipeline/operations/lanes.ts");
      await answer(io, command, { operation: showLanes, input, view });
    });
};

const figures: readonly (readonly [title: string, figure: (lane: LaneView) => string | Cell])[] = [
  ["WAITING", ({ depth }) => String(depth.visible)],
  ["IN FLIGHT", ({ depth }) => String(depth.inFlight)],
  ["DELAYED", ({ depth }) => String(depth.delayed)],
  ["LETTERS", ({ depth }) => alarming(depth.dead)],
  ["STARTED", ({ counts }) => String(counts.claimed)],
  ["DONE", ({ counts }) => String(counts.succeeded)],
  ["RETRIED", ({ counts }) => String(counts.retried)],
  ["DIED", ({ counts }) => alarming(counts.dead)],
  ["LATE", ({ meanWaitMs }) => (meanWaitMs === undefined ? "" : took(meanWaitMs))],
  ["TOOK", ({ meanWorkMs }) => (meanWorkMs === undefined ? "" : took(meanWorkMs))],
];

const alarming = (count: number): string | Cell => (count > 0 ? { text: String(count), style: "red" } : "0");

const columns: readonly Column[] = [
  { title: "LANE" },
  ...figures.map(([title]): Column => ({ title, align: "right" })),
];

const view = (
  { lanes, minutes }: { readonly lanes: readonly LaneView[]; readonly minutes: number },
  screen: Screen,
): string => {
  const rows = lanes.map((lane) => ({ cells: [lane.lane, ...figures.map(([, figure]) => figure(lane))] }));
  const span = minutes === 1 ? "the last full minute" : `the last ${minutes} full minutes`;
  const legend = `LETTERS are dead letters. From STARTED on: ${span}; LATE and TOOK are means.`;
  return `${table(columns, rows, screen)}\n${screen.paint("dim", legend)}`;
};
