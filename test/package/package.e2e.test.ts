import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Packed, pack, type Ran, run } from "./installed.ts";

let packed: Packed;
beforeAll(() => {
  packed = pack();
}, 60_000);
afterAll(() => packed.remove());

/** Runs a program of this project's own packages. */
const tool = (name: string, ...args: readonly string[]): Promise<Ran> => {
  const bin = join(import.meta.dirname, "..", "..", "node_modules", ".bin", name);
  return run(dirname(packed.tarball), [bin, ...args]);
};

describe("the packed package", () => {
  test("is at most 2 MB", () => {
    expect(statSync(packed.tarball).size).toBeLessThanOrEqual(2_000_000);
  });

  test("has types for ES modules and bundlers", async () => {
    expect(await tool("attw", packed.tarball, "--profile", "esm-only")).toMatchObject({ code: 0 });
  });

  test("has types for CommonJS, of what jobs, servers and tests import", async () => {
    const options = ["--profile", "node16", "--exclude-entrypoints", "./cdk", "./package.json"];
    expect(await tool("attw", packed.tarball, ...options)).toMatchObject({ code: 0 });
  });

  test("has no mistake that publint knows", async () => {
    expect(await tool("publint", packed.tarball, "--strict")).toMatchObject({ code: 0 });
  });
});
