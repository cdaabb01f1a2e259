/** The bug: there should be one. The end-to-end test deploys the pipeline, then mends this file and deploys again. */
export const carriers: readonly string[] = [];
