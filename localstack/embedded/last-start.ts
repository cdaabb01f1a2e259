import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { dataFiles } from "./data-files.ts";

/** What a start stores in the data folder for the next one. */
const lastStart = z.object({
  /** Queue URLs contain the port, and other programs store them: the next start uses the same port if it is free. */
  sqsPort: z.int().optional(),
  dynamodbPort: z.int().optional(),
  lambdaPort: z.int().optional(),
  /** A DynamoDB that may still be running. */
  dynamodbPid: z.int().optional(),
});

export type LastStart = z.infer<typeof lastStart>;

const fileIn = (dataDir: string): string => join(dataDir, dataFiles.servers);

/** Returns an empty object when the file is missing or invalid. */
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
