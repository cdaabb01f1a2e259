import { styleText } from "node:util";
import type { RunSummary } from "../../shared/operations/runs/run-view.ts";

export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";
export type Paint = (style: Style, text: string) => string;

export const painter = (isColored: boolean): Paint =>
  isColored ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;

const styles: Readonly<Record<RunSummary["state"], Style>> = {
  queued: "dim",
  parked: "dim",
  retry: "yellow",
  running: "cyan",
  succeeded: "green",
  dead: "red",
  cancelled: "dim",
  expired: "yellow",
};

export const styleOf = (state: RunSummary["state"]): Style => styles[state];
