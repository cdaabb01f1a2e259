/** `npm run bench`: the measurements of docs/benchmarks.md. See `--help`. */
import { parseArgs } from "node:util";
import { describeClone, measureClone } from "./clone.ts";
import { describeCost, measureCost } from "./cost/cost.ts";
import { describeCron, measureCron } from "./cron.ts";
import { describeDispatch, measureDispatch } from "./dispatch.ts";
import { type Section, writeSections } from "./document.ts";
import { describeLatency, measureLatency } from "./latency.ts";
import { describeLateness, measureLateness } from "./lateness.ts";
import { commit, describeMachine } from "./machine.ts";
import type { Options } from "./options.ts";
import { describeScale, measureScale } from "./scale.ts";
import { isPlaceName, placeNames } from "./scheduled.ts";
import { describeStart, measureStart } from "./start.ts";
import { describeThroughput, measureThroughput } from "./throughput.ts";

const help = `npm run bench -- [measure …] [options]

  throughput   tracked runs per minute on the embedded stack
  latency      from enqueue to start and to end, at fractions of that load
  lateness     lateness of the occurrences of a minute
  cost         AWS requests and DynamoDB units of each step, counted
  start        size and start-up time of each function
  dispatch     occurrences per second by one dispatcher
  cron         next() calls per second, compared with other libraries
  scale        work per tick by stored schedules; a storm, and an estimate for AWS

  --clone                also from a clean clone to the first succeeded run of npm start
  --seconds 60           duration of throughput, and of each load of latency
  --loads 0.1,0.5,0.8    fractions of the capacity
  --rate 10000           the capacity, in runs per minute, if not measured
  --occurrences 1000     per minute, for lateness; comma-separated
  --on embedded          where lateness is measured: embedded, endpoint, or both, comma-separated; the endpoint
                         is the one that AWS_ENDPOINT_URL names, or else MiniStack
  --due 2000             due schedules, for dispatch
  --storm 10000          schedules due in one second, for scale
  --million              also with 1,000,000 stored schedules
  --write                write the results to docs/benchmarks.md
`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    clone: { type: "boolean", default: false },
    seconds: { type: "string", default: "60" },
    loads: { type: "string", default: "0.1,0.5,0.8" },
    rate: { type: "string" },
    occurrences: { type: "string", default: "1000" },
    on: { type: "string", default: "embedded" },
    due: { type: "string", default: "2000" },
    storm: { type: "string", default: "10000" },
    million: { type: "boolean", default: false },
  },
});

const numbers = (text: string): readonly number[] => text.split(",").map(Number);

const options: Options = {
  seconds: Number(flags.seconds),
  loads: numbers(flags.loads),
  occurrences: numbers(flags.occurrences),
  on: flags.on.split(",").filter(isPlaceName),
  due: Number(flags.due),
  capacity: async () => (flags.rate === undefined ? (await throughput()).perMinute : Number(flags.rate)),
};

let measured: ReturnType<typeof measureThroughput> | undefined;
const throughput = () => {
  measured ??= measureThroughput(options);
  return measured;
};

interface Measure {
  readonly title: string;
  run(): Promise<string>;
}

const measure = <Data>(
  title: string,
  collect: () => Promise<Data>,
  describe: (data: Data) => string,
): Measure => ({
  title,
  run: async () => describe(await collect()),
});

const measures: Readonly<Record<string, Measure>> = {
  throughput: measure("Throughput", throughput, describeThroughput),
  latency: measure("Latency", () => measureLatency(options), describeLatency),
  lateness: measure("Lateness of schedules", () => measureLateness(options), describeLateness),
  cost: measure("Requests and units", measureCost, describeCost),
  start: measure("Bundles and start-up", measureStart, describeStart),
  dispatch: measure("One dispatcher", () => measureDispatch(options), describeDispatch),
  cron: measure("Cron", measureCron, describeCron),
  scale: measure(
    "Scale",
    () => measureScale({ storm: Number(flags.storm), million: flags.million }),
    describeScale,
  ),
  clone: measure("From a clean clone", measureClone, describeClone),
};

/** All measurements, unless some are named. The clone, which takes a minute and 700 MB, only on request. */
const chosen = (): readonly string[] => {
  const named =
    positionals.length > 0 ? positionals : Object.keys(measures).filter((name) => name !== "clone");
  return [...new Set([...named, ...(flags.clone ? ["clone"] : [])])];
};

const run = async ({ title, run }: Measure): Promise<Section> => {
  const at = new Date().toISOString().slice(0, 16).replace("T", " ");
  const text = `${await run()}\n\n*Measured ${at} UTC, commit ${commit()}.*`.replaceAll(/\n{3,}/g, "\n\n");
  console.log(`\n## ${title}\n\n${text}`);
  return { title, text };
};

const main = async (): Promise<void> => {
  if (flags.help) return console.log(help);
  const unknown = chosen().filter((name) => !measures[name]);
  if (unknown.length > 0) {
    console.error(`expected measures of ${Object.keys(measures).join(", ")}, got ${unknown.join(", ")}`);
    process.exit(2);
  }
  if (!flags.on.split(",").every(isPlaceName)) {
    console.error(`expected --on of ${placeNames.join(", ")}, got ${flags.on}`);
    process.exit(2);
  }
  const machine = describeMachine();
  console.log(machine);
  const sections: Section[] = [];
  for (const each of chosen().flatMap((name) => measures[name] ?? [])) sections.push(await run(each));
  const titles = Object.values(measures).map(({ title }) => title);
  if (flags.write) await writeSections(machine, sections, titles);
};

await main();
