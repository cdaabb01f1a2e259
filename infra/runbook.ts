import { readFileSync } from "node:fs";
import { sep } from "node:path";
import type { Settings } from "./settings.ts";

const runbookPath = "docs/runbook.md";

/** Links an alarm to its section of the runbook. Without a known address, returns the path in the app. */
export const runbookUrl = ({ alarms }: Pick<Settings, "alarms">, section: string): string => {
  const base = alarms.docsUrl ?? docsUrlOf(repositoryOf(packageJson()));
  const path = `${runbookPath}#${section}`;
  return `${base?.replace(/\/$/, "") ?? pathTo(import.meta.dirname)}/${path}`.replace(/^\//, "");
};

/** The folder of this package in an app, from the app's folder. Empty in its own repository. */
export const pathTo = (infra: string): string => {
  const [, inPackages] =
    infra
      .split(sep)
      .join("/")
      .match(/\/(node_modules\/(?:.*\/)?millrace)\/infra$/) ?? [];
  return inPackages ?? "";
};

/**
 * Returns the URL that shows the files of a repository: `/blob/HEAD` on both GitHub and GitLab.
 * @param repository the field of package.json: a git URL, `github:owner/name` or `owner/name`
 */
export const docsUrlOf = (repository: string | undefined): string | undefined => {
  const short = repository?.match(/^(?:github:)?([\w.-]+\/[\w.-]+)$/)?.[1];
  const full = repository?.match(
    /^(?:git\+)?(?:https?|ssh|git):\/\/(?:[^@/]+@)?([\w.-]+\/.+?)(?:\.git)?\/?$/,
  )?.[1];
  const place = short ? `github.com/${short}` : full;
  return place && `https://${place}/blob/HEAD`;
};

/** The fields of package.json that are read. */
interface PackageJson {
  readonly repository?: string | { readonly url?: string };
}

const repositoryOf = ({ repository }: PackageJson): string | undefined =>
  typeof repository === "object" ? repository.url : repository;

const packageJson = (): PackageJson =>
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
