import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { FatalError } from "./core/errors.ts";

/**
 * The path of a file in `jobs/data/`, which is deployed as `data/` beside the bundle of every function.
 * @throws FatalError when the name leads out of that folder, or no such file was deployed.
 */
export const dataFile = (name: string): string => {
  const folder = folders.find((candidate) => existsSync(candidate)) ?? folders[0];
  const path = resolve(folder, name);
  if (!isInside(folder, path)) {
    throw new FatalError(`expected the name of a file in jobs/data, got ${JSON.stringify(name)}`);
  }
  if (!existsSync(path)) throw new FatalError(`there is no file ${JSON.stringify(name)} in jobs/data`);
  return path;
};

/** Beside the bundle, whose folder the bundler puts in place of this file's own; else in the sources. */
const folders = [join(import.meta.dirname, "data"), join(import.meta.dirname, "..", "jobs", "data")] as const;

const isInside = (folder: string, path: string): boolean => /^(?!\.\.)./.test(relative(folder, path));
