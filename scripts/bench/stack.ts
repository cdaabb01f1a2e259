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

/** The embedded stack with the benchmark's jobs, in its own process. */
export interface Stack {
  readonly ports: Ports;
  /** Starts another process of the benchmark, which finds the stack by its environment. */
  start(url: string, argument: unknown): Child;
  /** Waits until all runs have ended, at most `maxWaitMs`. @returns the existing rows */
  endOf(ids: readonly string[], maxWaitMs: number): Promise<readonly Run[]>;
  /** The log lines of the functions so far. */
  lines(): Promise<readonly Line[]>;
}

/** @param schedules the expression that jobs/schedules.ts exports: see project/schedules.ts */
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
  hostMessage: z.string().optional(),
});
type Line = z.infer<typeof line>;

const readLines = async (file: string): Promise<readonly Line[]> =>
  (await readFile(file, "utf8")).split("\n").flatMap((text) => {
    if (!text.startsWith("{")) return [];
    const parsed = line.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  });
