import type * as z from "zod";
import { DefinitionError } from "./errors.ts";

/** A position in a list as an opaque text that callers pass back. */
export const encodeCursor = (position: object): string =>
  Buffer.from(JSON.stringify(position)).toString("base64url");

/** @throws DefinitionError when the text is no cursor of this list. */
export const decodeCursor = <Position>(cursor: string, schema: z.ZodType<Position>): Position => {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
  } catch {
    throw new DefinitionError("cursor", {
      expected: "the cursor that the page before has answered",
      got: JSON.stringify(cursor.slice(0, 80)),
      remedy: "copy it whole, or leave it out to begin with the first page",
    });
  }
};
