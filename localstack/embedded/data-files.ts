import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** The files that Millrace stores in a data folder. It leaves other files alone. */
export const dataFiles = {
  dynamodb: "dynamodb.db",
  dynamodbLocal: "dynamodb-local",
  sqs: "fauxqs.db",
  lock: "lock",
  holder: "holder.json",
  servers: "servers.json",
  env: "env",
} as const;

/** The suffixes of the files that SQLite stores for a database. */
const companions = ["", "-wal", "-shm", "-journal"];

/** A file of the data folder cannot be used. The message says which, why, and how to reset the data. */
class UnusableDataError extends Error {
  override readonly name = "UnusableDataError";
}

/** @param cause the database's error */
export const unusableDataError = (dataDir: string, file: keyof typeof dataFiles, cause: unknown): Error => {
  const reason = messageOf(cause);
  return new UnusableDataError(
    `${join(dataDir, dataFiles[file])} is damaged or cannot be opened (${reason.trim()}). ${howToReset(dataDir)}`,
    { cause },
  );
};

/** Converts an error about the database in a file. Returns any other error unchanged. */
export const asUnusableData = (dataDir: string, file: keyof typeof dataFiles, problem: unknown): unknown =>
  databaseProblem.test(messageOf(problem)) ? unusableDataError(dataDir, file, problem) : problem;

const messageOf = (problem: unknown): string =>
  typeof problem === "object" && problem !== null && "message" in problem
    ? String(problem.message)
    : String(problem);

/** Matches SQLite's messages, also inside those of dynoxide. */
const databaseProblem = /database (?:file|disk image|schema)|not a database|malformed/i;

/** The command that starts with empty data. */
const howToReset = (dataDir: string): string =>
  `To delete the data in ${dataDir} and start with empty data: npx millrace dev --reset${dataDir.endsWith(".millrace") ? "" : ` --data "${dataDir}"`}`;

/** The files that a reset would delete, and their size. */
export const storedIn = (dataDir: string): { readonly files: readonly string[]; readonly bytes: number } => {
  const files = Object.values(dataFiles)
    .flatMap((name) => companions.map((ending) => join(dataDir, name + ending)))
    .filter((path) => existsSync(path));
  return { files, bytes: files.reduce((sum, path) => sum + statSync(path).size, 0) };
};

/** Deletes all files of Millrace in a data folder, and no others. */
export const deleteData = (dataDir: string): void => {
  for (const path of storedIn(dataDir).files) rmSync(path, { recursive: true });
};
