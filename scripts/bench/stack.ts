import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { pipelineEnv, readEnv } from "../../shared/aws/env.ts";
import type { Run } from "../../shared/core/runs/run.ts";
import type { Ports } from "../../shared/ports/index.ts";
import { portsOf } from "./bench-ports.ts";
import { type Child, startChild } from "./child.ts";
import { endOf } from "./end-of.ts";
import { bundleBench } from "./project.ts";
import { inScratch } from "./scratch.ts";

/** The embedded stack over the benchmark's jobs, in a process of its own. */
export interface Stack {
  readonly ports: Ports;
  /** Start another process of the benchmark, which finds the stack in its environment. */
  start(url: string, argument: unknown): Child;
  /** Those rows that there are, when all have ended or `maxWaitMs` are over. */
  endOf(ids: readonly string[], maxWaitMs: number): Promise<readonly Run[]>;
  /** What the functions have logged so far. */
  lines(): Promise<readonly Line[]>;
}

/** @param schedules what jobs/schedules.ts is to export: see project/schedules.ts */
export const withStack = <Answer>(
  schedules: string,
  measure: (stack: Stack) => Promise<Answer>,
): Promise<Answer> =>
  inScratch(async (folder) => {
    const bundles = await bundleBench(join(folder, "project"), schedules);
    const [dataDir, linesFile] = [join(folder, "data"), join(folder, "lines")];
    const host = startChild(import.meta.resolve("./host.ts"), { dataDir, bundles, linesFile });
    const env = z.record(z.string(), z.string()).parse(await host.nextMessage());
    const ports = portsOf(readEnv(pipelineEnv, env), env);
    try {
      return await measure({
        ports,
        start: (url, argument) => startChild(url, argument, env),
        endOf: (ids, maxWaitMs) => endOf(ports, ids, maxWaitMs),
        lines: () => readLines(linesFile),
      });
    } finally {
      await host.finish();
      await host.ended;
    }
  });

const line = z.object({
  timestamp: z.iso.datetime().optional(),
  message: z.string().optional(),
  run: z.string().optional(),
  level: z.string().optional(),
  trouble: z.string().optional(),
});
type Line = z.infer<typeof line>;

const readLines = async (file: string): Promise<readonly Line[]> =>
  (await readFile(file, "utf8")).split("\n").flatMap((text) => {
    if (!text.startsWith("{")) return [];
    const parsed = line.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  });
