import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** What is kept in a data folder. All else in it is not ours. */
export const dataFiles = {
  dynamodb: "dynamodb.db",
  sqs: "fauxqs.db",
  lock: "lock",
  holder: "holder.json",
  servers: "servers.json",
  env: "env",
} as const;

/** SQLite keeps these beside a database. */
const companions = ["", "-wal", "-shm", "-journal"];

/** A file of the data folder cannot be used: its message says which, why, and how to start anew. */
class UnusableDataError extends Error {
  override readonly name = "UnusableDataError";
}

/** @param cause why, as the database says */
export const unusableDataError = (dataDir: string, file: keyof typeof dataFiles, cause: unknown): Error => {
  const reason = messageOf(cause);
  return new UnusableDataError(
    `${join(dataDir, dataFiles[file])} is damaged or cannot be opened (${reason.trim()}). ${howToReset(dataDir)}`,
    { cause },
  );
};

/** The same for an error that may be about the database in a file: any other stays as it is. */
export const asUnusableData = (dataDir: string, file: keyof typeof dataFiles, problem: unknown): unknown =>
  databaseProblem.test(messageOf(problem)) ? unusableDataError(dataDir, file, problem) : problem;

const messageOf = (problem: unknown): string =>
  typeof problem === "object" && problem !== null && "message" in problem
    ? String(problem.message)
    : String(problem);

/** SQLite's own words, also inside those of dynoxide. */
const databaseProblem = /database (?:file|disk image|schema)|not a database|malformed/i;

/** The command that starts with empty data. */
const howToReset = (dataDir: string): string =>
  `To delete the data in ${dataDir} and start anew: npm start -- --reset${dataDir.endsWith(".millrace") ? "" : ` --data "${dataDir}"`}`;

/** What a reset would delete, and how many bytes that is. */
export const storedIn = (dataDir: string): { readonly files: readonly string[]; readonly bytes: number } => {
  const files = Object.values(dataFiles)
    .flatMap((name) => companions.map((ending) => join(dataDir, name + ending)))
    .filter((path) => existsSync(path));
  return { files, bytes: files.reduce((sum, path) => sum + statSync(path).size, 0) };
};

/** Delete everything that is kept in a data folder, and leave the rest of it alone. */
export const deleteData = (dataDir: string): void => {
  for (const path of storedIn(dataDir).files) rmSync(path, { recursive: true });
};
