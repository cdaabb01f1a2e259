import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findProject, type Project, type ProjectQuery } from "../../infra/project.ts";
import type { Stack } from "../embedded/stack.ts";
import { type Build, type BuildRequest, buildFunctions } from "./build.ts";
import { startWatcher } from "./watch.ts";

/** What became of a changed file. */
export type Redeployed =
  | {
      readonly kind: "deployed";
      readonly files: readonly string[];
      readonly tookMs: number;
      readonly previous: Build;
      readonly build: Build;
    }
  /** The previous version continues. */
  | { readonly kind: "broken"; readonly problem: string }
  /** The change after a broken one restored the version that is deployed. */
  | { readonly kind: "restored" };

export interface RedeployOptions {
  readonly query: ProjectQuery;
  readonly project: Project;
  /** The version that is deployed, and its folder. */
  readonly first: { readonly build: Build; readonly folder: string };
  /** Names a new folder for a version. */
  readonly nextFolder: () => string;
  readonly stack: Pick<Stack, "update">;
  readonly onChange: (change: Redeployed) => void;
  /** Called after each build, also when it failed or changed nothing. */
  readonly afterBuild: () => void;
  /** Replaced in tests. */
  readonly build?: ((request: BuildRequest, signal: AbortSignal) => Promise<Build>) | undefined;
}

/** Builds and deploys the functions whenever a file of the project changes. */
export interface Redeployment {
  stop(): void;
}

interface Version {
  readonly build: Build;
  readonly folder: string;
}

export const startRedeployment = (options: RedeployOptions): Redeployment => {
  const { query, stack, onChange, build = buildFunctions } = options;
  let deployed: Version = options.first;
  let problem: string | undefined;
  let running = new AbortController();
  /** The files that changed since the deployed version. */
  const changed = new Set<string>();

  const deploy = async (next: Version): Promise<void> => {
    const { folder } = deployed;
    deployed = next;
    await stack.update(next.build.bundles);
    deleteFolder(folder);
  };
  const onBroken = (text: string): void => {
    if (text !== problem) onChange({ kind: "broken", problem: text });
    problem = text;
  };
  const onBuilt = (next: Version, tookMs: number): void => {
    const files = [...changed].filter((file) => isPartOf(join(options.project.root, file), deployed.build));
    changed.clear();
    const wasBroken = problem !== undefined;
    problem = undefined;
    if (next.build.hash === deployed.build.hash) {
      deleteFolder(next.folder);
      if (wasBroken) onChange({ kind: "restored" });
      return;
    }
    onChange({ kind: "deployed", files, tookMs, previous: deployed.build, build: next.build });
    void deploy(next);
  };
  const rebuild = async (files: readonly string[]): Promise<void> => {
    // A build whose sources have changed again is out of date.
    running.abort();
    running = new AbortController();
    const { signal } = running;
    for (const file of files) changed.add(file);
    const folder = options.nextFolder();
    const startedAt = Date.now();
    try {
      const project = findProject(query);
      // Before the build, so that no change after it is missed.
      watcher.follow(project, deployed.build.inputs);
      const next = await build({ ...query, outDir: folder }, signal);
      if (signal.aborted) return deleteFolder(folder);
      watcher.follow(project, next.inputs);
      onBuilt({ build: next, folder }, Date.now() - startedAt);
    } catch (error) {
      deleteFolder(folder);
      if (signal.aborted) return;
      onBroken(error instanceof Error ? error.message : String(error));
    }
    options.afterBuild();
  };
  const watcher = startWatcher((files) => void rebuild(files));
  watcher.follow(options.project, deployed.build.inputs);
  return {
    stop() {
      watcher.close();
      running.abort();
    },
  };
};

/** Not so for the temporary files of an editor. */
const isPartOf = (path: string, { inputs }: Build): boolean => existsSync(path) || inputs.includes(path);

const deleteFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });
