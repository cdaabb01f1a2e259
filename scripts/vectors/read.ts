import { readFile } from "node:fs/promises";
import * as z from "zod";

/** The descriptions of policies in the `meta` of a file. */
export type Policies = Readonly<Record<string, unknown>>;

export interface VectorFile {
  readonly policies: Policies;
  /** Unparsed, so that an invalid vector fails alone. */
  readonly vectors: readonly unknown[];
}

/** Used only in messages: vectors are checked even if `meta` is invalid or missing. */
const metaSchema = z.object({ policies: z.record(z.string(), z.unknown()) }).catch({ policies: {} });

const fileSchema = z.object({
  meta: metaSchema,
  vectors: z.array(z.unknown()).min(1),
});

/** @throws Error in one sentence when the file does not exist or has no vectors */
export const readVectorFile = async (file: string): Promise<VectorFile> => {
  const { success, data } = fileSchema.safeParse(jsonOf(file, await textOf(file)));
  if (!success) {
    const shape = '{"meta":{"policies":{…}},"vectors":[…]} with at least one vector';
    throw new Error(`${file}: expected ${shape}, got other JSON; give a file of this format`);
  }
  return { policies: data.meta.policies, vectors: data.vectors };
};

const textOf = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((error: unknown) => {
    throw new Error(`${file}: expected a readable file, got ${String(error)}; check its path`);
  });

const jsonOf = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [line] = String(error).split("\n");
    throw new Error(`${file}: expected JSON, got ${line}; correct it, or give another file`);
  }
};
