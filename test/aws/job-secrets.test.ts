import { createServer, type Server } from "node:http";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { readEnv, workerEnv } from "../../shared/aws/env.ts";
import { readJobSecrets, type SecretClients } from "../../shared/aws/job-secrets.ts";

const secrets: Readonly<Record<string, string>> = {
  mail: '{"url":"smtp://ann:pw@host","port":25}',
  plain: "open sesame",
};
const parameters: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [`/millrace/p${i}`, `value ${i}`]),
);

/** As Secrets Manager and SSM answer, over HTTP. */
let server: Server;
let clients: SecretClients;
let asked: { readonly target: string; readonly body: unknown }[];

const body = z.object({
  SecretId: z.string().default(""),
  Names: z.array(z.string()).default([]),
  WithDecryption: z.boolean().optional(),
});

const answerTo = (target: string, { SecretId, Names }: z.infer<typeof body>): readonly [number, object] => {
  if (target === "secretsmanager.GetSecretValue") {
    const text = secrets[SecretId];
    return text === undefined
      ? [400, { __type: "ResourceNotFoundException", Message: "Secrets Manager can't find it." }]
      : [200, { Name: SecretId, SecretString: text }];
  }
  const known = Names.filter((name) => Object.hasOwn(parameters, name));
  return [
    200,
    { Parameters: known.map((Name) => ({ Name, Value: parameters[Name] })), InvalidParameters: [] },
  ];
};

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    const target = String(request.headers["x-amz-target"]);
    const sent = body.parse(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    asked.push({ target, body: sent });
    const [status, answer] = answerTo(target, sent);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = z.object({ port: z.int() }).parse(server.address());
  const access = {
    endpoint: `http://127.0.0.1:${address.port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  clients = { secrets: new SecretsManagerClient(access), parameters: new SSMClient(access) };
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe("the secrets of jobs", () => {
  test("are read whole, by field, and from parameters", async () => {
    const values = await readJobSecrets(
      {
        SMTP_URL: { secret: "mail", field: "url" },
        SMTP_WHOLE: { secret: "mail" },
        WORD: { secret: "plain" },
        FIRST: { parameter: "/millrace/p0" },
      },
      clients,
    );
    expect(Object.fromEntries(values)).toEqual({
      SMTP_URL: "smtp://ann:pw@host",
      SMTP_WHOLE: secrets["mail"],
      WORD: "open sesame",
      FIRST: "value 0",
    });
    // The secret with two fields is read once, and the parameter is decrypted.
    expect(asked.filter(({ target }) => target.startsWith("secretsmanager"))).toHaveLength(2);
    expect(asked.find(({ target }) => target === "AmazonSSM.GetParameters")?.body).toMatchObject({
      WithDecryption: true,
    });
  });

  test("are read ten at a time, as SSM allows", async () => {
    const sources = Object.fromEntries(
      Object.keys(parameters).map((parameter, i) => [`P${i}`, { parameter }]),
    );
    expect([...(await readJobSecrets(sources, clients)).values()]).toEqual(Object.values(parameters));
    expect(asked).toHaveLength(2);
  });

  test.each([
    [
      { SMTP_URL: { secret: "male" } },
      /^job secret SMTP_URL: secret "male" in Secrets Manager cannot be read: ResourceNotFoundException: .*; check secrets of the pipeline/,
    ],
    [
      { A: { parameter: "/none" } },
      /^job secret A: parameter "\/none" in SSM cannot be read: it does not exist; check/,
    ],
    [
      { A: { secret: "mail", field: "uri" } },
      /^job secret A: .* field "uri": expected a text, got none; the secret has the fields url, port;/,
    ],
    [{ A: { secret: "mail", field: "port" } }, /field "port": expected a text, got a value of type number/],
    [
      { A: { secret: "plain", field: "url" } },
      /field "url": expected a JSON object that has it, got another text/,
    ],
  ])("fail with an error that has their names and no value: %j", async (sources, problem) => {
    const failed = readJobSecrets(sources, clients);
    await expect(failed).rejects.toThrow(problem);
    await expect(failed).rejects.not.toThrow(/pw@host|sesame/);
  });

  test("are parsed from a worker's environment, which rejects an invalid text", () => {
    const variable = workerEnv.shape.MILLRACE_JOB_SECRETS;
    expect(variable.parse(undefined)).toEqual({});
    expect(variable.parse('{"A":{"secret":"mail","field":"url"}}')).toEqual({
      A: { secret: "mail", field: "url" },
    });
    expect(() => readEnv(workerEnv, { MILLRACE_JOB_SECRETS: "smtp" })).toThrow(
      "MILLRACE_JOB_SECRETS: expected JSON such as",
    );
  });
});
