import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Gives the data folder back. */
export type Release = () => void;

/**
 * Take a data folder for this process alone. The lock is the operating system's own, taken through SQLite: it ends
 * with the process, however that ends, so there is no stale lock to recognise.
 * @throws Error when another process holds the folder.
 */
export const lockFolder = (dataDir: string): Release => {
  const db = new DatabaseSync(join(dataDir, "lock"));
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    db.close();
    throw new Error(
      `another Millrace is running on ${dataDir}: stop it first, or start this one in another folder`,
      { cause },
    );
  }
  return () => db.close();
};
