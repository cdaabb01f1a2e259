import type { Command } from "commander";
import type { LaneView, ShownLanes } from "../../shared/operations/lanes/show-lanes.ts";
import { count } from "../terminal/count.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { type Cell, type Column, table } from "../terminal/table.ts";
import { clock, took } from "../terminal/time.ts";

export const addLanes = (program: Command, io: CliIo): void => {
  program
    .command("lanes")
    .description("Show queue depths and recent results of each lane.")
    .option("--minutes <count>", "number of full minutes to count (default: 5)", count)
    .action(async (input: object, command: Command) => {
      const { laneShow } = await import("../../shared/operations/lanes/show-lanes.ts");
      await runOperation(io, command, { operation: laneShow, input, view });
    });
};

type Figure = readonly [title: string, figure: (lane: LaneView) => string | Cell];

const held: readonly Figure[] = [
  ["WAITING", ({ depth }) => String(depth.visible)],
  ["IN FLIGHT", ({ depth }) => String(depth.inFlight)],
  ["DELAYED", ({ depth }) => String(depth.delayed)],
  ["DEAD LETTERS", ({ depth }) => alarming(depth.dead)],
];

const done: readonly Figure[] = [
  ["STARTED", ({ counts }) => String(counts.claimed)],
  ["SUCCEEDED", ({ counts }) => String(counts.succeeded)],
  ["RETRIED", ({ counts }) => String(counts.retried)],
  ["DIED", ({ counts }) => alarming(counts.dead)],
  ["OTHER", ({ counts }) => String(counts.deferred + counts.other)],
  ["LATE", ({ meanWaitMs }) => (meanWaitMs === undefined ? "" : took(meanWaitMs))],
  ["TOOK", ({ meanWorkMs }) => (meanWorkMs === undefined ? "" : took(meanWorkMs))],
];

const alarming = (count: number): string | Cell => (count > 0 ? { text: String(count), style: "red" } : "0");

const tableOf = (figures: readonly Figure[], lanes: readonly LaneView[], screen: Terminal): string =>
  table(
    [{ title: "LANE" }, ...figures.map(([title]): Column => ({ title, align: "right" }))],
    lanes.map((lane) => ({ cells: [lane.lane, ...figures.map(([, figure]) => figure(lane))] })),
    screen,
  );

const view = ({ lanes, from, until }: ShownLanes, screen: Terminal): string => {
  const span = took(Date.parse(until) - Date.parse(from));
  const legend = [
    `From ${clock(from)} until now (${span}). STARTED is the sum of SUCCEEDED to OTHER.`,
    "OTHER: deferred, cancelled or expired. LATE and TOOK are means.",
  ];
  return [
    tableOf(held, lanes, screen),
    "",
    tableOf(done, lanes, screen),
    ...legend.map((line) => screen.paint("dim", line)),
  ].join("\n");
};
