import { InvalidArgumentError } from "commander";

/** The value of an option that is a number of things. */
export const count = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number.");
};
