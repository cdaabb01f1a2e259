import type { Style } from "./color.ts";
import type { Terminal } from "./io.ts";
import { printable } from "./printable.ts";
import { cutEnd, cutMiddle } from "./shorten.ts";

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** Where texts are cut when the rows are wider than the screen. */
  readonly shrinks?: "middle" | "end";
}

export interface Row {
  readonly cells: readonly (string | Cell)[];
  /** Extra lines below the row. */
  readonly note?: string | readonly string[] | undefined;
}

const gap = "  ";

/** The minimum width of a column that shrinks. */
const minWidth = 12;

/** Formats rows under column titles, at most as wide as the screen. */
export const table = (
  columns: readonly Column[],
  rows: readonly Row[],
  { columns: width, paint }: Pick<Terminal, "columns" | "paint">,
): string => {
  const cells = cellsIn(rows);
  const widths = widthsOf(columns, cells, width);
  const layoutOf = (i: number): CellLayout => ({ width: widths[i] ?? 0, column: columns[i] });
  const line = (row: readonly Cell[]): string =>
    row
      .map((cell, i) => paintCell(fitCell(cell, layoutOf(i)), layoutOf(i), paint))
      .join(gap)
      .trimEnd();
  const titles = line(columns.map(({ title }): Cell => ({ text: title, style: "dim" })));
  const lines = rows.flatMap(({ note }, i) => [
    line(cells[i] ?? []),
    ...[note ?? []].flat().map((text) => paint("dim", cutEnd(`${gap}${printable(text)}`, width))),
  ]);
  return [titles, ...lines].join("\n");
};

/** Whether the table would be wider than the screen. */
export const isTooWide = (columns: readonly Column[], rows: readonly Row[], width: number): boolean =>
  total(naturalWidths(columns, cellsIn(rows))) > width;

const cellsIn = (rows: readonly Row[]): readonly (readonly Cell[])[] =>
  rows.map((row) => row.cells.map(asCell));

const naturalWidths = (columns: readonly Column[], cells: readonly (readonly Cell[])[]): readonly number[] =>
  columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => row[i]?.text.length ?? 0)));

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + gap.length * Math.max(0, widths.length - 1);

/** Shrinks columns from left to right, each as far as possible before the next. */
const widthsOf = (
  columns: readonly Column[],
  cells: readonly (readonly Cell[])[],
  width: number,
): readonly number[] => {
  const natural = naturalWidths(columns, cells);
  let excess = Math.max(0, total(natural) - width);
  return natural.map((wanted, i) => {
    const spare = columns[i]?.shrinks === undefined ? 0 : Math.max(0, wanted - minWidth);
    const given = Math.min(spare, excess);
    excess -= given;
    return wanted - given;
  });
};

const asCell = (cell: string | Cell): Cell =>
  typeof cell === "string" ? { text: printable(cell) } : { ...cell, text: printable(cell.text) };

interface CellLayout {
  readonly width: number;
  readonly column: Column | undefined;
}

const fitCell = (cell: Cell, { width, column }: CellLayout): Cell => {
  if (column?.shrinks === undefined) return cell;
  const cut = column.shrinks === "middle" ? cutMiddle : cutEnd;
  return { ...cell, text: cut(cell.text, width) };
};

/** Colors only the text: codes in the padding would prevent trimming. */
const paintCell = (
  { text, style }: Cell,
  { width, column }: CellLayout,
  paint: Terminal["paint"],
): string => {
  const padded = column?.align === "right" ? text.padStart(width) : text.padEnd(width);
  return style === undefined || text === "" ? padded : padded.replace(text, () => paint(style, text));
};
