import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** TypeScript in a clone, JavaScript in the installed package. */
export const moduleEnding = extname(import.meta.filename);

/**
 * The path of one of our own modules that is not imported but started or bundled.
 * @param path without ending, such as `./runtime`
 * @param base the `import.meta.url` of the caller
 */
export const ownModule = (path: string, base: string): string =>
  fileURLToPath(new URL(`${path}${moduleEnding}`, base));
