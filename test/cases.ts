/** Set by the suites that try every case: see scripts/test.ts. */
const isThorough = process.env["MILLRACE_TEST_CASES"] === "all";

/** In the quick suite a property tries one case of so many. */
const quickShare = 10;

/**
 * How many cases a property tries, for one that takes long: all of them in `npm run coverage`, a tenth in the quick suite.
 * @param all the full number. Default: fast-check's own
 */
export const cases = (all = 100): { readonly numRuns: number } => ({
  numRuns: isThorough ? all : Math.ceil(all / quickShare),
});

/** The same for a loop over a list: every entry, or each tenth. */
export const sampled = <Entry>(entries: readonly Entry[]): readonly Entry[] =>
  isThorough ? entries : entries.filter((_, i) => i % quickShare === 0);
