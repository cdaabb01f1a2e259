import * as z from "zod";
import { DefinitionError } from "../errors.ts";

/** Where the value of a job's secret is kept. */
const source = z.union([
  z.strictObject({
    /** The name or the ARN of a secret in Secrets Manager. */
    secret: z.string().min(1),
    /** The member of the secret's JSON object that is meant. Default: the whole text. */
    field: z.string().min(1).optional(),
  }),
  z.strictObject({
    /** The name of a parameter in SSM's Parameter Store. */
    parameter: z.string().min(1),
  }),
]);

export type JobSecretSource = z.infer<typeof source>;

/** Sources by the environment variable that gets the value. */
export type JobSecretSources = Readonly<Record<string, JobSecretSource>>;

/** As the environment of a worker carries it: names and places, no values. */
export const jobSecretsText = z
  .string()
  .default("{}")
  .transform((text, context): JobSecretSources => {
    const parsed = z.record(z.string(), source).safeParse(fromJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue(`expected JSON such as {"SMTP_URL":{"secret":"mail"}}, got ${JSON.stringify(text)}`);
    return z.NEVER;
  });

const fromJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * The value that a secret's text holds for a source.
 * @throws DefinitionError when the text has no such field. It does not show the text.
 */
export const secretValue = (text: string, { field }: { readonly field?: string | undefined }): string => {
  if (field === undefined) return text;
  const parsed = z.record(z.string(), z.unknown()).safeParse(fromJson(text));
  if (!parsed.success) {
    throw new DefinitionError(`field "${field}"`, {
      expected: "a JSON object that has it",
      got: "another text",
    });
  }
  const value = Object.hasOwn(parsed.data, field) ? parsed.data[field] : undefined;
  if (typeof value === "string") return value;
  throw new DefinitionError(
    `field "${field}"`,
    value === undefined
      ? { expected: "a text", got: "none", remedy: fieldsOf(parsed.data) }
      : { expected: "a text", got: `a value of type ${typeof value}` },
  );
};

const fieldsOf = (object: object): string => {
  const names = Object.keys(object);
  return names.length === 0 ? "the secret has no fields" : `the secret has the fields ${names.join(", ")}`;
};
