/** The first instant after another that is a whole number of intervals from the anchor, on either side of it. */
export const nextMultiple = (
  after: Date,
  every: { readonly ms: number; readonly anchorMs: number },
): Date => {
  const passed = Math.floor((after.getTime() - every.anchorMs) / every.ms);
  return new Date(every.anchorMs + (passed + 1) * every.ms);
};

/** One interval after an instant, cut to the whole second. Always later, as intervals are whole seconds. */
export const afterInterval = (after: Date, ms: number): Date =>
  new Date(Math.floor((after.getTime() + ms) / 1_000) * 1_000);
