import type { JobSecretSources } from "../shared/core/jobs/job-secrets.ts";
import type { Redactor } from "../shared/core/redact.ts";

export interface JobSecretsOptions {
  readonly sources: JobSecretSources;
  /** Receives the values as variables. */
  readonly env: NodeJS.ProcessEnv;
  /** Redacts the values in logs and records. */
  readonly redactor: Pick<Redactor, "register">;
  /** Default: reads Secrets Manager and SSM, and loads their clients only then. */
  readonly read?: ((sources: JobSecretSources) => Promise<ReadonlyMap<string, string>>) | undefined;
}

/**
 * Sets the variables of the pipeline's `secrets`, once per execution environment, before the first handler runs.
 * @returns a function that each invocation awaits. It throws when a secret cannot be read; the next call tries again.
 */
export const createJobSecrets = (options: JobSecretsOptions): (() => Promise<void>) => {
  const { sources, read = readFromAws } = options;
  let loaded: Promise<void> | undefined = Object.keys(sources).length === 0 ? Promise.resolve() : undefined;
  const load = async (): Promise<void> => {
    const values = await read(sources);
    options.redactor.register([...values.values()]);
    for (const [name, value] of values) options.env[name] = value;
  };
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
};

const readFromAws = async (sources: JobSecretSources): Promise<ReadonlyMap<string, string>> => {
  const { readJobSecrets } = await import("../shared/aws/job-secrets.ts");
  return await readJobSecrets(sources);
};
