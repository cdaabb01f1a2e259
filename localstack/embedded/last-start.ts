import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { dataFiles } from "./data-files.ts";

/** What one start leaves for the next in the data folder. */
const lastStart = z.object({
  /** Queue URLs carry the port, and people write them down: the next start takes the same if it is free. */
  sqsPort: z.int().optional(),
  dynamodbPort: z.int().optional(),
  lambdaPort: z.int().optional(),
  /** A dynoxide that may have outlived us. */
  dynoxidePid: z.int().optional(),
});

export type LastStart = z.infer<typeof lastStart>;

const fileIn = (dataDir: string): string => join(dataDir, dataFiles.servers);

/** A memory that is missing or spoiled is an empty one. */
export const readLastStart = (dataDir: string): LastStart => {
  try {
    return lastStart.parse(JSON.parse(readFileSync(fileIn(dataDir), "utf8")));
  } catch {
    return {};
  }
};

export const saveLastStart = (dataDir: string, facts: LastStart): void => {
  const file = fileIn(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify({ ...readLastStart(dataDir), ...facts }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
};
