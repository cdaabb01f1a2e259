import { readFileSync } from "node:fs";
import type { Stage } from "./stages.ts";

const runbookPath = "docs/runbook.md";

/** Where a person who gets an alarm reads what to do: a link, or the path in this project if no address is known. */
export const runbookUrl = ({ alarms }: Pick<Stage, "alarms">, section: string): string => {
  const base = alarms.docsUrl ?? docsUrlOf(repositoryOf(packageJson()));
  const path = `${runbookPath}#${section}`;
  return base === undefined ? path : `${base.replace(/\/$/, "")}/${path}`;
};

/**
 * Where the files of a repository are shown. GitHub and GitLab both do so at `/blob/HEAD`.
 * @param repository the field of package.json: an address of git, or `github:owner/name`, or `owner/name`
 */
export const docsUrlOf = (repository: string | undefined): string | undefined => {
  const short = repository?.match(/^(?:github:)?([\w.-]+\/[\w.-]+)$/)?.[1];
  const full = repository?.match(
    /^(?:git\+)?(?:https?|ssh|git):\/\/(?:[^@/]+@)?([\w.-]+\/.+?)(?:\.git)?\/?$/,
  )?.[1];
  const place = short ? `github.com/${short}` : full;
  return place && `https://${place}/blob/HEAD`;
};

/** Of which only the repository is read. */
interface PackageJson {
  readonly repository?: string | { readonly url?: string };
}

const repositoryOf = ({ repository }: PackageJson): string | undefined =>
  typeof repository === "object" ? repository.url : repository;

const packageJson = (): PackageJson =>
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
