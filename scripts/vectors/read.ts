import { readFile } from "node:fs/promises";
import * as z from "zod";

/** What the `meta` of a file says of each policy that it names. */
export type Policies = Readonly<Record<string, unknown>>;

export interface VectorFile {
  readonly policies: Policies;
  /** As they were written: one that is not right fails alone. */
  readonly vectors: readonly unknown[];
}

/** Only for what a failure says of a policy: vectors under an odd `meta`, or none, are judged all the same. */
const metaSchema = z.object({ policies: z.record(z.string(), z.unknown()) }).catch({ policies: {} });

const fileSchema = z.object({
  meta: metaSchema,
  vectors: z.array(z.unknown()).min(1),
});

/** @throws Error in one sentence when there is no such file, or no vectors in it. */
export const readVectorFile = async (file: string): Promise<VectorFile> => {
  const { success, data } = fileSchema.safeParse(jsonOf(file, await textOf(file)));
  if (!success) {
    const shape = '{"meta":{"policies":{…}},"vectors":[…]} with at least one vector';
    throw new Error(`${file}: expected ${shape}, got another JSON; give a file of this format`);
  }
  return { policies: data.meta.policies, vectors: data.vectors };
};

const textOf = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((error: unknown) => {
    throw new Error(`${file}: expected a file that can be read, got ${String(error)}; check its path`);
  });

const jsonOf = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [line] = String(error).split("\n");
    throw new Error(`${file}: expected JSON, got ${line}; correct it, or give another file`);
  }
};
