import type { BuildFailure, Message } from "esbuild";

export const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && "errors" in error && "warnings" in error;

/** The first problem of a build as one sentence, such as `jobs/mine.ts:3: Unexpected ";"`. */
export const describeBuild = ({ errors: [first], message }: BuildFailure): string =>
  first ? describeMessage(first) : message;

/** One sentence with the place, and with what to write where a package cannot be bundled. */
export const describeMessage = ({ text, location }: Message): string => {
  if (!location) return text;
  const place = `${location.file}:${location.line}: ${text}`;
  const name = packageIn(location.file) ?? packageIn(text);
  return name === undefined
    ? place
    : `${place}; the package ${name} cannot be bundled: write "millrace": { "external": ["${name}"] } into package.json, to install it beside the code`;
};

const packageIn = (text: string): string | undefined =>
  text.match(/.*node_modules\/((?:@[^/"]+\/)?[^/"]+)/)?.[1];
