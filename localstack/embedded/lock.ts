import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { dataFiles, unusableDataError } from "./data-files.ts";

/** Releases the data folder. */
export type Release = () => void;

/**
 * Locks a data folder for this process. The lock is the operating system's, taken through SQLite: it ends with the
 * process, however that ends, so there are no stale locks.
 * @throws Error when another process holds the folder, with its pid, or when the lock file is damaged
 */
export const lockFolder = (dataDir: string): Release => {
  const holderFile = join(dataDir, dataFiles.holder);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(join(dataDir, dataFiles.lock));
    db.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    db?.close();
    if (!isBusy(cause)) throw unusableDataError(dataDir, "lock", cause);
    throw new Error(heldBy(dataDir, readHolder(holderFile)), { cause });
  }
  writeFileSync(holderFile, JSON.stringify({ pid: process.pid, startedAt: new Date().toISOString() }));
  return () => {
    rmSync(holderFile, { force: true });
    db.close();
  };
};

/** SQLITE_BUSY */
const isBusy = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "errcode" in error && error.errcode === 5;

const holder = z.object({ pid: z.int(), startedAt: z.string() });

const readHolder = (file: string): z.infer<typeof holder> | undefined => {
  try {
    return holder.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
};

const heldBy = (dataDir: string, other: z.infer<typeof holder> | undefined): string => {
  const which = other ? ` (process ${other.pid}, started at ${other.startedAt})` : "";
  const stop = other ? `stop it first with Ctrl-C or kill ${other.pid}` : "stop it first";
  return `another Millrace${which} is running on ${dataDir}: ${stop}, or start this one with --data <another folder>`;
};
