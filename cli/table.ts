import type { Screen } from "./io.ts";
import type { Style } from "./paint.ts";
import { printable } from "./printable.ts";

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export interface Column {
  readonly title: string;
  readonly align?: "right";
}

export interface Row {
  readonly cells: readonly (string | Cell)[];
  /** Lines of their own below the row. */
  readonly note?: string | readonly string[] | undefined;
}

const gap = "  ";

/** Columns as wide as what is in them, under their titles. Only notes are cut: an id must be whole to be of use. */
export const table = (
  columns: readonly Column[],
  rows: readonly Row[],
  { columns: width, paint }: Pick<Screen, "columns" | "paint">,
): string => {
  const cells = rows.map((row) => row.cells.map(asCell));
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...cells.map((row) => row[i]?.text.length ?? 0)),
  );
  const line = (row: readonly Cell[]): string =>
    row
      .map((cell, i) => paintCell(cell, pad(cell.text, widths[i] ?? 0, columns[i]), paint))
      .join(gap)
      .trimEnd();
  const titles = line(columns.map(({ title }): Cell => ({ text: title, style: "dim" })));
  const lines = rows.flatMap(({ note }, i) => [
    line(cells[i] ?? []),
    ...[note ?? []].flat().map((text) => paint("dim", cut(`${gap}${printable(text)}`, width))),
  ]);
  return [titles, ...lines].join("\n");
};

const asCell = (cell: string | Cell): Cell =>
  typeof cell === "string" ? { text: printable(cell) } : { ...cell, text: printable(cell.text) };

const pad = (text: string, width: number, column: Column | undefined): string =>
  column?.align === "right" ? text.padStart(width) : text.padEnd(width);

/** Only the text is painted: codes in the padding would keep a line from being trimmed. */
const paintCell = ({ text, style }: Cell, padded: string, paint: Screen["paint"]): string =>
  style === undefined || text === "" ? padded : padded.replace(text, () => paint(style, text));

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
