import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "@jest/globals";
import { startReaper } from "../../localstack/embedded/reaper.ts";
import { startServers } from "../../localstack/embedded/servers.ts";
import { useServers } from "./stage.ts";

/** Run the tests of a file on its own fauxqs and dynoxide. */
export const onEmbeddedServers = (): void => {
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "millrace-test-"));
    const reaper = startReaper();
    const servers = await startServers({ dataDir, reaper });
    useServers(servers);
    stop = async () => {
      await servers.stop();
      await reaper.stop();
      rmSync(dataDir, { recursive: true });
    };
  });

  afterAll(() => stop());
};
