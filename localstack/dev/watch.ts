import { type FSWatcher, readdirSync, watch } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { nameOfFile, type Project } from "../../infra/project.ts";

/** Reports changes of the files that a build depends on. */
export interface Watcher {
  /** Watches the folders of the project's jobs, of the bundled files, and of its settings, and no others. */
  follow(project: Project, inputs: readonly string[]): void;
  close(): void;
}

/** How long to wait after a change for further ones: an editor may write a file in several steps. */
const quietMs = 50;

/** @param onChange receives the names of the changed files, relative to the project's root */
export const startWatcher = (onChange: (files: readonly string[]) => void): Watcher => {
  const watchers = new Map<string, FSWatcher>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let current: Project | undefined;

  const onEvent = (folder: string, name: string | null): void => {
    if (!current || (name !== null && !isRelevant(join(folder, name), current))) return;
    changed.add(nameOfFile(current, name === null ? folder : join(folder, name)));
    clearTimeout(timer);
    timer = setTimeout(() => {
      const files = [...changed];
      changed.clear();
      onChange(files);
    }, quietMs);
  };
  const add = (folder: string): void => {
    try {
      const watcher = watch(folder, (_event, name) => onEvent(folder, name));
      // The folder was deleted. Its parent is watched, too.
      watcher.on("error", () => remove(folder));
      watchers.set(folder, watcher);
    } catch {
      // The folder no longer exists.
    }
  };
  const remove = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };

  return {
    follow(project, inputs) {
      current = project;
      const wanted = foldersOf(project, inputs);
      for (const folder of watchers.keys()) if (!wanted.has(folder)) remove(folder);
      for (const folder of wanted) if (!watchers.has(folder)) add(folder);
    },
    close() {
      clearTimeout(timer);
      for (const folder of watchers.keys()) remove(folder);
    },
  };
};

/** The folders whose files can change a build: settings in the root, jobs and their data, and what jobs import. */
export const foldersOf = ({ root, jobsFolder }: Project, inputs: readonly string[]): ReadonlySet<string> => {
  const tree = jobsFolder === root ? join(root, "data") : jobsFolder;
  return new Set([root, ...inputs.map((path) => dirname(path)), ...foldersIn(tree)]);
};

/** Folders of generated files. */
const generated = new Set(["node_modules", "cdk.out", "dist"]);

const foldersIn = (folder: string): readonly string[] => {
  try {
    const inner = readdirSync(folder, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !generated.has(entry.name) && !isHidden(entry.name),
    );
    return [folder, ...inner.flatMap(({ name }) => foldersIn(join(folder, name)))];
  } catch {
    return [];
  }
};

/** Whether a changed file may be part of a build. Data files of jobs may have any ending. */
export const isRelevant = (path: string, { jobsFolder, root }: Project): boolean => {
  const name = basename(path);
  if (isHidden(name) || isTemporary.test(name) || generated.has(name)) return false;
  return isCode.test(name) || (path.startsWith(`${jobsFolder}${sep}`) && jobsFolder !== root);
};

const isHidden = (name: string): boolean => name.startsWith(".");

/** Vim's and Emacs's own files. */
const isTemporary = /~$|^#.*#$|^4913$/;

const isCode = /\.(?:[cm]?[jt]sx?|json|txt|css)$/;
