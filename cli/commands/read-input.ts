import { readFile } from "node:fs/promises";
import { readJson } from "../../shared/core/json.ts";
import { failureOf } from "../../shared/core/runs/failure.ts";
import { UsageError } from "../problem.ts";
import type { CliIo } from "../terminal/io.ts";
import { decodeText } from "./decode-text.ts";

/** The help text of `--input`, shared by all commands that have it. */
export const inputHelp = "JSON, or @file, or - for standard input";

/** @throws UsageError when the text is not JSON, or the file cannot be read */
export const readInput = async (text: string, io: CliIo): Promise<unknown> => {
  const read = readJson(await textOf(text, io));
  if ("value" in read) return read.value;
  const { problem, syntaxError } = read;
  throw new UsageError(
    `--input: ${syntaxError === undefined ? problem : `expected JSON such as '{"year":2015}': ${syntaxError}`}`,
  );
};

const textOf = async (text: string, io: CliIo): Promise<string> => {
  if (text !== "-" && !text.startsWith("@")) return text;
  const name = text === "-" ? "standard input" : text.slice(1);
  try {
    return decodeText(text === "-" ? await io.readStdin() : await readFile(name));
  } catch (error) {
    throw new UsageError(`--input: ${name}: ${failureOf(error).message}`);
  }
};
