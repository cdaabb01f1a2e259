import type { ClockChange } from "../../shared/core/rules/explain/clock-changes.ts";
import type { Explanation } from "../../shared/core/rules/explain/explain.ts";
import type { Fire } from "../../shared/core/rules/explain/fires.ts";
import type { Explained } from "../../shared/core/rules/explain/subject.ts";
import { outdatedWarning } from "../../shared/core/rules/time-zone-data.ts";
import type { Terminal } from "../terminal/io.ts";
import { type Row, table } from "../terminal/table.ts";
import { clock, relative } from "../terminal/time.ts";
import { costLines } from "./explain-cost.ts";

type Layout = Pick<Terminal, "columns" | "paint">;

/** Lines longer than this are hard to read, however wide the screen. */
const maxColumns = 100;

export const viewExplanation = (explained: Explained, { columns, paint }: Layout): string => {
  const layout = { columns: Math.min(columns, maxColumns), paint };
  return [
    heading(explained, layout),
    firesView(explained, layout),
    changesView(explained, layout),
    zoneDataView(explained, layout),
    section("POLICIES", policyLines(explained), layout),
    section("COST", costLines(explained), layout),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
};

/** Leaves out the DST policies where the clocks do not change. */
const policyLines = ({ policies, clockChanges }: Explanation): readonly Line[] =>
  policies
    .filter(({ about }) => clockChanges.length > 0 || !about.startsWith("dst."))
    .map(({ about, effect }) => [about, effect]);

const heading = (
  { schedule, job, rule, zone, sentence, note }: Explained,
  { columns, paint }: Layout,
): string => {
  // A combined rule has the zones of its parts in its text.
  const written = zone === undefined || rule.includes(`(${zone})`) ? rule : `${rule} (${zone})`;
  const name = schedule === undefined ? written : `${schedule}: job ${job}, ${written}`;
  const text = `${[sentence, ...(note === undefined ? [] : [note])].join(". ")}.`;
  return [paint("bold", name), ...wrapText(text, columns)].join("\n");
};

const firesView = (explained: Explained, look: Layout): string => {
  const { fires, shownIn, from } = explained;
  const isUtc = shownIn === "UTC";
  const hasStarts = fires.some(({ starts }) => starts !== undefined);
  const columns = [
    { title: isUtc ? "DUE (UTC)" : `DUE (${shownIn})` },
    ...(hasStarts ? [{ title: "STARTS" }] : []),
    ...(isUtc ? [] : [{ title: "UTC" }]),
    { title: "AWAY" },
    { title: "" },
  ];
  const rows = inOrder(explained).map((one): Row => {
    const cells = "kind" in one ? skippedCells(one) : fireCells(one, Date.parse(from), isUtc);
    return { cells: cells.filter((_, i) => (i !== 1 || hasStarts) && (i !== 2 || !isUtc)) };
  });
  return table(columns, rows, look);
};

/** Occurrences, and between them the times that a DST gap skips. */
const inOrder = ({ fires, clockChanges, shownIn }: Explained): readonly (Fire | ClockChange)[] => {
  const last = fires.at(-1)?.at ?? "";
  const skipped = clockChanges.filter(
    ({ gapEffect, zone, at }) =>
      (gapEffect === "skipped" || gapEffect === "continues") && zone === shownIn && at <= last,
  );
  return [...skipped, ...fires].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
};

const fireCells = ({ weekday, local, offset, abbreviation, ...fire }: Fire, from: number, isUtc: boolean) => [
  `${weekday} ${local}${isUtc ? "" : ` ${abbreviation ?? offset}`}`,
  startOf(fire.starts?.local ?? "", local),
  clock(fire.at),
  relative(fire.at, from),
  { text: fire.notes.join("; "), style: "yellow" as const },
];

/** Includes the date when it differs from the date on which the occurrence is due. */
const startOf = (starts: string, local: string): string =>
  starts.slice(0, 10) === local.slice(0, 10) ? starts.slice(11) : starts;

const skippedCells = ({ day, times, gapEffect, part }: ClockChange) => {
  const { first = "", last = "", count = 1 } = times ?? {};
  const skipped = count === 1 ? "skipped by the gap" : `${count} times skipped by the gap`;
  const what = gapEffect === "skipped" ? skipped : "not on the clocks: the interval continues in real time";
  const text = part === undefined ? what : `${part}: ${what}`;
  return [
    `${day} ${count === 1 ? first : `${first}-${last}`}`,
    "",
    "",
    "",
    { text, style: "yellow" as const },
  ];
};

const yearMs = 366 * 86_400_000;

const changesView = ({ clockChanges, zone, zones, from }: Explained, look: Layout): string => {
  const soon = clockChanges.filter(({ at }) => Date.parse(at) <= Date.parse(from) + yearMs);
  const lines = soon.map((change): Line => {
    const { day, from, to, part, effect } = change;
    const where = zone === undefined ? ` (${change.zone})` : "";
    return [`${day} ${from} to ${to}${where}`, `${part === undefined ? "" : `${part}: `}${effect}.`];
  });
  const unchangedZones = zones.filter((one) => one !== "UTC" && !soon.some((change) => change.zone === one));
  return [
    section(`CLOCK CHANGES (${[...(zone === undefined ? [] : [zone]), "one year"].join(", ")})`, lines, look),
    ...unchangedZones.map((one) => `The clocks of ${one} do not change within a year.`),
  ]
    .filter((part) => part !== "")
    .join("\n");
};

const zoneDataView = ({ timeZoneData }: Explained, { columns, paint }: Layout): string => {
  if (!timeZoneData) return "";
  const warning = outdatedWarning(timeZoneData);
  if (warning === undefined) return paint("dim", `Time-zone data: ${timeZoneData.release}`);
  return wrapText(`Warning: ${warning}.`, columns)
    .map((line) => paint("yellow", line))
    .join("\n");
};

type Line = readonly [about: string, text: string];

/** A title above two columns, wrapped to the width of the screen. */
const section = (title: string, lines: readonly Line[], { columns, paint }: Layout): string => {
  if (lines.length === 0) return "";
  const indent = Math.max(...lines.map(([about]) => about.length)) + 2;
  const hanging = lines.map(([about, text]) => {
    const [first = "", ...rest] = wrapText(text, Math.max(30, columns - indent));
    return [about.padEnd(indent) + first, ...rest.map((line) => " ".repeat(indent) + line)].join("\n");
  });
  return [paint("dim", title), ...hanging].join("\n");
};

const wrapText = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length === 0 || longer.length > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
};
