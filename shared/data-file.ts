import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { FatalError } from "./core/errors.ts";

/**
 * The path of a file in `jobs/data/`, which is deployed as `data/` beside the bundle of every function.
 * @throws FatalError when the name leads out of that folder, or no such file was deployed.
 */
export const dataFile = (name: string): string => {
  const beside = besideBundle();
  const folder = existsSync(beside) ? beside : (inProject(process.cwd()) ?? beside);
  const path = resolve(folder, name);
  if (!isInside(folder, path)) {
    throw new FatalError(`expected the name of a file in jobs/data, got ${JSON.stringify(name)}`);
  }
  if (!existsSync(path)) throw new FatalError(`there is no file ${JSON.stringify(name)} in jobs/data`);
  return path;
};

/**
 * The bundler puts the bundle's folder in place of this file's own. Other bundlers leave nothing of it in CommonJS, for
 * example that of a web server.
 */
const besideBundle = (): string => join(import.meta.dirname ?? process.cwd(), "data");

/** Where nothing is bundled, as in a test: `jobs/data` in the folder of the process, or in one above it. */
const inProject = (folder: string): string | undefined => {
  const data = join(folder, "jobs", "data");
  if (existsSync(data)) return data;
  const parent = dirname(folder);
  return parent === folder ? undefined : inProject(parent);
};

const isInside = (folder: string, path: string): boolean => /^(?!\.\.)./.test(relative(folder, path));
