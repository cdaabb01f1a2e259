import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { installMinistack } from "../../../localstack/ministack/install.ts";

let folder: string;
let cacheDir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-install-"));
  cacheDir = join(folder, "cache");
});

afterEach(() => rm(folder, { recursive: true }));

/** A fake Python: `-m venv FOLDER` copies itself there, `-m pip` runs the given code. Records both calls. */
const fakePython = async (pip: string): Promise<string> => {
  const path = join(folder, "python");
  await writeFile(
    path,
    `#!/bin/sh
echo "$2" >> ${join(folder, "asked")}
case $2 in
  venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  pip) ${pip} ;;
esac`,
  );
  await chmod(path, 0o755);
  return path;
};

const asked = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, "asked"), "utf8")).trim().split("\n");

describe("installMinistack", () => {
  test("installs once", async () => {
    const python = await fakePython("true");
    const installed = await installMinistack({ cacheDir, python });
    expect(installed).toEqual({ python: expect.stringMatching(/cache\/python-\w{12}\/bin\/python$/) });
    expect(await installMinistack({ cacheDir, python })).toEqual(installed);
    expect(await asked()).toEqual(["venv", "pip"]);
  });

  test("installs completely when called twice concurrently", async () => {
    const python = await fakePython("sleep 0.1");
    const [one, other] = await Promise.all([1, 2].map(() => installMinistack({ cacheDir, python })));
    expect(one).toEqual({ python: expect.stringContaining(cacheDir) });
    expect(other).toEqual(one);
    expect(await readdir(cacheDir)).toEqual([expect.stringMatching(/^python-\w{12}$/)]);
  });

  test("reports that Python is missing", async () => {
    const { reason } = Object(await installMinistack({ cacheDir, python: join(folder, "no-python") }));
    expect(reason).toMatch(/^MiniStack needs Python 3.10 or later, but .*no-python was not found$/);
  });

  test("reports pip's error when it fails, and leaves nothing behind", async () => {
    const python = await fakePython('echo "Looking" && echo "ERROR: No matching distribution" >&2 && exit 1');
    const { reason } = Object(await installMinistack({ cacheDir, python }));
    expect(reason).toMatch(/pip install .*" failed: ERROR: No matching distribution$/);
    expect(await readdir(cacheDir)).toEqual([]);
  });
});
