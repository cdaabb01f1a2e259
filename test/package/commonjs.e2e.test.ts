import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Packed, pack, run } from "./installed.ts";

const modules = join(import.meta.dirname, "..", "..", "node_modules");

let packed: Packed;
let app: string;
beforeAll(() => {
  packed = pack();
  // As if it were installed, with the packages of this project.
  const built = join(packed.folder, "built");
  symlinkSync(modules, join(built, "node_modules"));
  app = join(packed.folder, "app");
  mkdirSync(join(app, "node_modules"), { recursive: true });
  symlinkSync(built, join(app, "node_modules", "millrace"));
  writeFileSync(join(app, "package.json"), "{}");
}, 60_000);
afterAll(() => packed.remove());

/** A job that fails for good, and what becomes of it in a pipeline. */
const story = `
const { defineJob, FatalError } = require("millrace");
const { enqueue, jobRef } = require("millrace/client");
const doomed = defineJob({ name: "doomed", run: async () => { throw new FatalError("no"); } });
const play = async ({ createTestPipeline }) => {
  const pipeline = createTestPipeline({ jobs: [doomed] });
  const disconnect = pipeline.connectClient();
  await enqueue(jobRef("doomed"), undefined, { key: "a" });
  disconnect();
  await pipeline.advance("1 hour");
  return pipeline.run("doomed:a");
};
`;

describe("the package in CommonJS", () => {
  test("runs in Jest without a flag or a transform", async () => {
    const assertion = `
test("a run that is doomed dies", async () => {
  expect(await play(require("millrace/testing"))).toMatchObject({ state: "dead", attempts: 1 });
});`;
    writeFileSync(join(app, "doomed.test.js"), `${story}${assertion}`);
    const jest = [process.execPath, join(modules, "jest", "bin", "jest.js"), "--rootDir", app];
    const { code, err } = await run(app, jest);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("1 passed") });
  });

  test("understands the jobs, errors and references of its ES modules, and the other way round", async () => {
    const print = `
import("millrace/testing").then(play).then(({ state, attempts }) => console.log(state, attempts));`;
    writeFileSync(join(app, "both.cjs"), `${story}${print}`);
    expect(await run(app, [process.execPath, "both.cjs"])).toMatchObject({ code: 0, out: "dead 1\n" });
  });
});
