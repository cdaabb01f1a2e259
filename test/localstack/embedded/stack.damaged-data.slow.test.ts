import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { startStack } from "../../../localstack/embedded/stack.ts";

jest.setTimeout(30_000);

let folder: string;
const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);
const bundles = { dispatcher: fixture("tick"), sweeper: fixture("tick"), worker: fixture("worker") };
const start = (dataDir: string) => startStack({ dataDir, bundles, onLine: () => undefined });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-damaged-"));
  await (await start(join(folder, "used"))).stop(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

const garbage = "this is no database ".repeat(300);
const replace = (path: string): void => writeFileSync(path, garbage);
const overwriteMiddle = (path: string): void => {
  const file = openSync(path, "r+");
  writeSync(file, garbage.repeat(5), 4_000);
  closeSync(file);
};
const cutShort = (path: string): void => truncateSync(path, 20_000);

test.each<[string, string, (path: string) => void]>([
  ["dynamodb.db", "replaced", replace],
  ["dynamodb.db", "overwritten in its middle", overwriteMiddle],
  ["dynamodb.db", "cut short", cutShort],
  ["fauxqs.db", "replaced", replace],
  ["fauxqs.db", "overwritten in its middle", overwriteMiddle],
  ["fauxqs.db", "cut short", cutShort],
  ["lock", "replaced", replace],
])("startStack names the file and the command that resets it: %s %s", async (file, how, damage) => {
  const data = join(folder, `${file} ${how}`);
  cpSync(join(folder, "used"), data, { recursive: true });
  damage(join(data, file));
  const message = `${join(data, file)} is damaged or cannot be opened (`;
  await expect(start(data)).rejects.toThrow(message);
  await expect(start(data)).rejects.toThrow(`npx millrace dev --reset --data "${data}"`);
});

test("startStack ignores an invalid servers.json", async () => {
  const data = join(folder, "spoiled");
  cpSync(join(folder, "used"), data, { recursive: true });
  writeFileSync(join(data, "servers.json"), garbage);
  await (await start(data)).stop(0);
});
