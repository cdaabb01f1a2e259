import { execFileSync } from "node:child_process";
import { join } from "node:path/posix";
import { expect, test } from "@jest/globals";

/**
 * A test file has the path of its source below `test/`, without `shared/`: `test/core/lane.test.ts` tests
 * `shared/core/lane.ts`. A source with several test files names each after its topic: `plan.rounds.test.ts`.
 */
const exempt: ReadonlyMap<string, string> = new Map([
  ["test/stories/", "stories across actors"],
  ["test/chaos/", "one story of the deployed bundles, with its own support"],
  ["test/e2e/", "stories against a real endpoint"],
  ["test/package/", "stories of the packed package in an app of its own"],
  ["test/contract/", "the contract of the ports, once for each adapter"],
  ["test/architecture.test.ts", "a rule about all sources"],
  ["test/layout.test.ts", "a rule about all test files"],
  ["test/vocabulary.test.ts", "a rule about all text"],
  ["test/docs/architecture.test.ts", "a rule about all pages"],
  ["test/docs/commands.test.ts", "a rule about all pages"],
  ["test/docs/links.test.ts", "a rule about all pages"],
  ["test/docs/types.slow.test.ts", "a rule about all pages"],
]);

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: join(import.meta.dirname, ".."),
  encoding: "utf8",
}).split("\n");

/** The paths at which the source of a test file may be. A page of `docs/` counts as a source. */
const sourcesOf = (path: string): readonly string[] => {
  const source = path.replace(/^test\//, "").replace(/(?<=[^/])\.[^/]*$/, "");
  return [`${source}.ts`, `${source}.js`, `${source}.md`, `shared/${source}.ts`];
};

const findMisplaced = (paths: readonly string[]): readonly string[] =>
  paths
    .filter((path) => path.startsWith("test/") && path.endsWith(".test.ts"))
    .filter((path) => ![...exempt.keys()].some((prefix) => path.startsWith(prefix)))
    .filter((path) => !sourcesOf(path).some((source) => paths.includes(source)));

test("each test file is at the path of its source", () => {
  expect(findMisplaced(tracked)).toEqual([]);
});

test("each exemption is needed", () => {
  const unused = [...exempt.keys()].filter((prefix) => !tracked.some((path) => path.startsWith(prefix)));
  expect(unused).toEqual([]);
});

test("the rule finds a test file without a source, and accepts one with a topic", () => {
  const misplaced = "test/core/lanes.test.ts";
  const paths = [
    "shared/core/lane.ts",
    "test/core/lane.names.slow.test.ts",
    "test/core/lane.test.ts",
    misplaced,
  ];
  expect(findMisplaced(paths)).toEqual([misplaced]);
});
