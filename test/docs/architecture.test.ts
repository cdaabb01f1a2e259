import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path/posix";
import { expect, test } from "@jest/globals";
import { pages as allPages, blocksOf } from "./support/pages.ts";

const root = join(import.meta.dirname, "..", "..");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
}).split("\n");
const files = new Set(tracked);
const folders = new Set(
  tracked.flatMap((path) => path.split("/").map((_, i, all) => all.slice(0, i).join("/"))),
);

const pages = tracked.filter((path) => /^(?:docs\/)?[^/]+\.md$/.test(path));
const textOf = (path: string) => readFileSync(join(root, path), "utf8");

/** Files in the app of a reader: those that a page asks for, and those that `millrace init` writes. */
const ofReaders = new Set([...allPages.flatMap(blocksOf).map(({ file }) => file), "jobs/hello.ts"]);

const isThere = (path: string) =>
  files.has(path) || folders.has(path.replace(/\/$/, "")) || ofReaders.has(path);

const roots = "cli|docs|functions|infra|jobs|localstack|scripts|shared|test";

test.each(pages)("%s names only files and directories that exist", (page) => {
  const named = [...textOf(page).matchAll(new RegExp(`(?<![\\w./<-])(?:${roots})/[\\w./-]*[\\w/]`, "g"))];
  expect(named.map(([path]) => path).filter((path) => !isThere(path))).toEqual([]);
});

test("ARCHITECTURE.md names functions by the file that has them", () => {
  const named = [...textOf("ARCHITECTURE.md").matchAll(/`(\w+)`\s+in\s+`([\w./-]+\.ts)`/g)];
  expect(named.length).toBeGreaterThan(20);
  const isDefined = (name = "", path = "") =>
    files.has(path) && new RegExp(`\\b(?:const|function\\*?|interface) ${name}\\b`).test(textOf(path));
  expect(named.filter(([, name, path]) => !isDefined(name, path)).map(([text]) => text)).toEqual([]);
});
