import { randomUUID } from "node:crypto";
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";

/** Contents by path, relative to a folder. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Reads all files of a folder, recursively. Empty when the folder does not exist. */
export const filesIn = async (folder: string): Promise<Files> => {
  const paths = await pathsIn(folder);
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path))] as const)),
  );
};

/** The size of all files of a folder. */
export const bytesIn = async (folder: string): Promise<number> => {
  const sizes = (await pathsIn(folder)).map(async (path) => (await stat(join(folder, path))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
};

const pathsIn = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ifAbsent([]));
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
};

/** Makes `files` the files of a folder. Those that are up to date are not written. */
export const writeFolder = async (folder: string, files: Files): Promise<void> => {
  const stale = (await pathsIn(folder)).filter((path) => !files.has(path));
  await mkdir(folder, { recursive: true });
  await Promise.all([
    ...stale.map((path) => rm(join(folder, path), { force: true })),
    ...[...files].map(([path, bytes]) => replaceFile(join(folder, path), bytes, `${folder}.${randomUUID()}`)),
  ]);
};

/** Writes to `fresh` and renames it, so that a function that starts meanwhile reads either the old or the new file. */
const replaceFile = async (path: string, bytes: Uint8Array, fresh: string): Promise<void> => {
  const present = await readFile(path).catch(ifAbsent(undefined));
  if (present?.equals(bytes)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(fresh, bytes);
  await rename(fresh, path);
};

/** Makes `path` a link to a folder, or nothing. CDK follows it when it copies the files around it. */
export const linkFolder = async (path: string, target: string | undefined): Promise<void> => {
  const present = await lstat(path).catch(ifAbsent(undefined));
  if (present?.isSymbolicLink() && (await readlink(path)) === target) return;
  if (present) await rm(path, { recursive: true, force: true });
  if (target === undefined) return;
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path, "junction");
};

const ifAbsent =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === "ENOENT") return value;
    throw error;
  };
