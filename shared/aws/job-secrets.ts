import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { DefinitionError } from "../core/errors.ts";
import { type JobSecretSource, type JobSecretSources, secretValue } from "../core/jobs/job-secrets.ts";
import { failureOf } from "../core/runs/failure.ts";
import { sdkRetryConfig } from "./clients.ts";
import { chunksOf, settleAll } from "./dynamodb/store.ts";

export interface SecretClients {
  readonly secrets: Pick<SecretsManagerClient, "send">;
  readonly parameters: Pick<SSMClient, "send">;
}

/** SSM accepts this many names in one request. */
const maxParameters = 10;

/**
 * Read the values of job secrets, by environment variable. A secret with several requested fields is read once.
 * @throws Error that names the variable and the secret that could not be read. It contains no value.
 */
export const readJobSecrets = async (
  sources: JobSecretSources,
  clients: SecretClients = createClients(),
): Promise<ReadonlyMap<string, string>> => {
  const wanted = Object.entries(sources);
  const secrets = wanted.flatMap(([name, source]) => ("secret" in source ? [{ name, source }] : []));
  const parameters = wanted.flatMap(([name, source]) => ("parameter" in source ? [{ name, source }] : []));
  const values = await settleAll([
    ...[...Map.groupBy(secrets, ({ source }) => source.secret)].map(([id, group]) =>
      readSecret(clients.secrets, id, group),
    ),
    ...chunksOf(parameters, maxParameters).map((chunk) => readParameters(clients.parameters, chunk)),
  ]);
  return new Map(values.flat());
};

const createClients = (): SecretClients => ({
  secrets: new SecretsManagerClient(sdkRetryConfig),
  parameters: new SSMClient(sdkRetryConfig),
});

type Of<Source> = readonly { readonly name: string; readonly source: Source }[];
type Values = readonly (readonly [string, string])[];

const readSecret = async (
  client: SecretClients["secrets"],
  id: string,
  group: Of<Extract<JobSecretSource, { secret: string }>>,
): Promise<Values> => {
  const place = `secret "${id}" in Secrets Manager`;
  const text = await client
    .send(new GetSecretValueCommand({ SecretId: id }))
    .then(({ SecretString }) => SecretString)
    .catch((error: unknown) => {
      throw unreadable(group, place, error);
    });
  if (text === undefined) throw unreadable(group, place, new Error("expected a text, got binary data"));
  return group.map((one) => {
    try {
      return [one.name, secretValue(text, one.source)] as const;
    } catch (error) {
      throw unreadable([one], place, error);
    }
  });
};

const readParameters = async (
  client: SecretClients["parameters"],
  chunk: Of<Extract<JobSecretSource, { parameter: string }>>,
): Promise<Values> => {
  const Names = [...new Set(chunk.map(({ source }) => source.parameter))];
  const answer = await client
    .send(new GetParametersCommand({ Names, WithDecryption: true }))
    .catch((error: unknown) => {
      throw unreadable(chunk, `parameters ${Names.map((name) => `"${name}"`).join(", ")} in SSM`, error);
    });
  const found = new Map(answer.Parameters?.map(({ Name, Value }) => [Name, Value]));
  return chunk.map((one) => {
    const value = found.get(one.source.parameter);
    if (value !== undefined) return [one.name, value] as const;
    throw unreadable([one], `parameter "${one.source.parameter}" in SSM`, new Error("it does not exist"));
  });
};

const unreadable = (group: readonly { readonly name: string }[], place: string, error: unknown): Error => {
  const { name, message } = failureOf(error);
  const variables = group.map((one) => one.name).join(", ");
  const reason = name === "Error" || error instanceof DefinitionError ? message : `${name}: ${message}`;
  return new Error(
    `job secret ${variables}: ${place} cannot be read: ${reason}; check secrets of the pipeline in the CDK app, and that the secret is in this region`,
    { cause: error },
  );
};
