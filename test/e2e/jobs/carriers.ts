/** The bug: the list is empty. The end-to-end test deploys the pipeline, then fixes this file and deploys again. */
export const carriers: readonly string[] = [];
