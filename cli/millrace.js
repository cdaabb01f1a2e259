#!/usr/bin/env node
// Plain JavaScript, because the Node that starts it may be too old to run TypeScript.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const neededMajor = 24;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= neededMajor) {
  await import("./main.ts");
} else {
  const node = here("../node_modules/node/bin/node");
  if (existsSync(node)) {
    const { status } = spawnSync(node, [here("main.ts"), ...process.argv.slice(2)], { stdio: "inherit" });
    process.exitCode = status ?? 1;
  } else {
    console.error(
      `millrace: expected Node ${neededMajor} or later, got ${process.version}: run npm ci, which installs one`,
    );
    process.exitCode = 1;
  }
}
