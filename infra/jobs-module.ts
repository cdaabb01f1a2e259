import type { Plugin } from "esbuild";
import { nameOfFile, type Project } from "./project.ts";

/** The name under which functions import the jobs of the project that is bundled. See functions/no-jobs.ts. */
const moduleName = "#jobs";

/** Resolves `#jobs` to the modules of a project. */
export const jobsModule = (project: Project): Plugin => ({
  name: "jobs-module",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^${moduleName}$`) }, () => ({ path: moduleName, namespace: moduleName }));
    onLoad({ filter: /.*/, namespace: moduleName }, () => ({
      contents: jobsModuleText(project),
      resolveDir: project.root,
    }));
  },
});

/** A module that exports the modules of a project, with the names by which messages refer to them. */
export const jobsModuleText = (project: Project): string => {
  const imports = project.modules.map((path, i) => `import * as module${i} from ${JSON.stringify(path)};`);
  const entries = project.modules.map(
    (path, i) => `{ file: ${JSON.stringify(nameOfFile(project, path))}, exports: module${i} }`,
  );
  return `${imports.join("\n")}\nexport const modules = [${entries.join(", ")}];\n`;
};

/**
 * A script, unlike a module, must ask for strict mode, and has no `import.meta`. The bundled code is in a function of
 * its own, since a module of the project declares the same names again.
 */
const banner = [
  `"use strict";`,
  `const bundleUrl = require("node:url").pathToFileURL(__filename).href, bundleFolder = __dirname, bundleFile = __filename;`,
  `const locateUrl = (place) => new URL(place.split("/").map(encodeURIComponent).join("/"), bundleUrl).href;`,
  `const locatePath = (...place) => require("node:path").join(__dirname, ...place); (() => {`,
].join(" ");

/** What encloses the code of a bundle. */
export const enclosure = { banner: { js: banner }, footer: { js: "})();" } };

/** What replaces `import.meta`. A module of the project declares its own: see job-files.ts. */
export const moduleLocation = {
  "import.meta.url": "bundleUrl",
  "import.meta.dirname": "bundleFolder",
  "import.meta.filename": "bundleFile",
};
