import { type Reaper, startReaper } from "../../localstack/embedded/reaper.ts";
import { createResources, type StackEnv } from "../../localstack/embedded/resources.ts";
import { startServers } from "../../localstack/embedded/servers.ts";
import { inScratch } from "./scratch.ts";

export interface EmbeddedServers {
  readonly env: StackEnv;
  readonly reaper: Reaper;
  /** For other files. */
  readonly folder: string;
}

/** Starts the embedded servers in this process, with empty queues and tables and without functions. */
export const withServers = <Answer>(
  measure: (servers: EmbeddedServers) => Promise<Answer>,
): Promise<Answer> =>
  inScratch(async (folder) => {
    const reaper = startReaper();
    const servers = await startServers({ dataDir: folder, reaper });
    try {
      const env = await createResources(servers);
      return await measure({ env, reaper, folder });
    } finally {
      await servers.stop();
      await reaper.stop();
    }
  });
