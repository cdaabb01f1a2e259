import { DefinitionError } from "../errors.ts";

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const nameLength = 64;

/** @throws DefinitionError when `name` cannot name a job or a schedule. */
export const checkName = (name: string, what = "job"): void => {
  if (typeof name !== "string" || name.length > nameLength || !namePattern.test(name)) {
    throw new DefinitionError(`${what} name`, {
      expected: `lower-case words joined by hyphens, at most ${nameLength} characters`,
      got: JSON.stringify(String(name).slice(0, 80)),
    });
  }
};
