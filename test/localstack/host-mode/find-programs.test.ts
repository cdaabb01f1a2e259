import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { findJava, findMaven, findPython, type Places } from "../../../localstack/host-mode/find-programs.ts";

let folder: string;
let places: Places;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-programs-"));
  const env = { PATH: join(folder, "bin"), PYENV_ROOT: join(folder, "pyenv") };
  places = { env, pythons: join(folder, "opt"), javas: join(folder, "jvm") };
});

afterEach(() => rm(folder, { recursive: true }));

/** Writes a program that prints a text on standard error or output, whatever it is asked. */
const program = async (path: string, text: string, exitCode = 0): Promise<string> => {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${text}' >&2\nexit ${exitCode}\n`);
  await chmod(file, 0o755);
  return file;
};

describe("findPython", () => {
  test("finds the Python on PATH", async () => {
    await program("bin/python3.12", "3.12");
    expect(await findPython(places)).toEqual({ path: "python3.12" });
  });

  test("finds a version of pyenv whose shim on PATH refuses to run", async () => {
    await program("bin/python3.13", "pyenv: python3.13: command not found", 127);
    const path = await program("pyenv/versions/3.13.0/bin/python3.13", "3.13");
    await program("pyenv/versions/3.12.1/bin/python3.12", "3.12");
    expect(await findPython(places)).toEqual({ path });
  });

  test("finds a Python that was installed in /opt", async () => {
    const path = await program("opt/python/bin/python3.14", "3.14");
    expect(await findPython(places)).toEqual({ path });
  });

  test("reports the version of an older Python", async () => {
    await program("bin/python3", "3.11");
    await program("pyenv/versions/3.10.13/bin/python3.10", "3.10");
    expect(await findPython(places)).toEqual({
      reason: "it needs Python 3.12, 3.13 or 3.14, but found only python3 3.11",
    });
  });
});

describe("findJava", () => {
  test("prefers JAVA_HOME to the Java on PATH", async () => {
    await program("bin/java", 'openjdk version "17.0.15" 2025-04-15');
    const path = await program("home/bin/java", 'openjdk version "21" 2023-09-19');
    const JAVA_HOME = join(folder, "home");
    expect(await findJava({ ...places, env: { ...places.env, JAVA_HOME } })).toEqual({ path });
    expect(await findJava(places)).toEqual({ path: "java" });
  });

  test("skips an older Java on PATH for one of the system's packages", async () => {
    await program("bin/java", 'java version "1.8.0_401"');
    const path = await program("jvm/java-17/bin/java", 'openjdk version "17.0.15" 2025-04-15');
    expect(await findJava(places)).toEqual({ path });
  });

  test("reports the version of an older Java, or that there is none", async () => {
    expect(await findJava(places)).toEqual({
      reason: "its DynamoDB needs Java 17 or later, but no java was found",
    });
    await program("bin/java", 'java version "1.8.0_401"');
    expect(await findJava(places)).toEqual({
      reason: "its DynamoDB needs Java 17 or later, but found only java 8",
    });
  });
});

test("findMaven reports that mvn is missing", async () => {
  expect(await findMaven(places)).toEqual({
    reason: "its DynamoDB needs Maven to be installed, but no mvn was found",
  });
});
