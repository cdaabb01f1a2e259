import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { findDynamodb } from "../../../localstack/embedded/dynamodb-program.ts";

let bin: string;
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), "millrace-bin-"));
});
afterAll(() => rmSync(bin, { recursive: true }));

const install = (name: string): void => {
  writeFileSync(join(bin, name), "");
  chmodSync(join(bin, name), 0o755);
};
const machine = (env: Readonly<Record<string, string>> = {}) => ({ platform: "plan9", arch: "vax", env });

describe("findDynamodb", () => {
  test("says what to install when there is none", () => {
    expect(() => findDynamodb(machine())).toThrow(
      /^no DynamoDB for plan9-vax: .*@dynoxide\/plan9-vax.*brew install .*DYNAMODB_LOCAL.*AWS_ENDPOINT_URL_DYNAMODB=/,
    );
  });

  test("refuses DYNAMODB_LOCAL without that folder, or without Java", () => {
    expect(() => findDynamodb(machine({ DYNAMODB_LOCAL: "/none" }))).toThrow("/none does not exist");
    expect(() => findDynamodb(machine({ DYNAMODB_LOCAL: bin }))).toThrow("no java is on the PATH");
  });

  test("uses DynamoDB Local with Java, and rather dynoxide on the PATH", () => {
    install("java");
    const env = { PATH: `/nowhere:${bin}`, DYNAMODB_LOCAL: bin };
    const java = findDynamodb(machine(env));
    expect(java).toMatchObject({ command: join(bin, "java"), label: `DynamoDB Local, from ${bin}` });
    expect(java.args(8_000, bin)).toEqual(expect.arrayContaining(["-port", "8000", "-sharedDb"]));
    install("dynoxide");
    const dynoxide = findDynamodb(machine(env));
    expect(dynoxide.command).toBe(join(bin, "dynoxide"));
    expect(dynoxide.args(8_000, "/data").join(" ")).toBe(
      "serve --host 127.0.0.1 --port 8000 --db-path /data/dynamodb.db",
    );
  });
});
