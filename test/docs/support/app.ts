import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./pages.ts";

/** An app outside of this repository, whose `millrace` is this repository. */
export interface App {
  readonly folder: string;
  write(path: string, text: string): void;
  remove(): void;
}

export const createApp = (): App => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-docs-"));
  const packages = join(root, "node_modules");
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(packages).filter((one) => !one.startsWith(".")))
    symlinkSync(join(packages, name), join(folder, "node_modules", name));
  symlinkSync(root, join(folder, "node_modules", "millrace"));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("package.json", '{ "name": "shop", "private": true, "type": "module" }\n');
  return { folder, write, remove: () => rmSync(folder, { recursive: true }) };
};
