#!/usr/bin/env node
// Plain JavaScript, because the Node that starts it may be too old to run TypeScript.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const neededMajor = 24;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const isInstalled = existsSync(here("main.js"));
const main = isInstalled ? "./main.js" : "./main.ts";

if (Number.parseInt(process.versions.node, 10) >= neededMajor) {
  await import(main);
} else {
  const node = here("../node_modules/node/bin/node");
  if (existsSync(node)) {
    const { status } = spawnSync(node, [here(main), ...process.argv.slice(2)], { stdio: "inherit" });
    process.exitCode = status ?? 1;
  } else {
    const remedy = isInstalled ? "install one from https://nodejs.org" : "run npm ci, which installs one";
    console.error(`millrace: expected Node ${neededMajor} or later, got ${process.version}: ${remedy}`);
    process.exitCode = 1;
  }
}
