import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Fills a folder, once. The folder gets its final name when it is complete, so that an aborted installation is never
 * used, and two concurrent ones do no harm.
 * @param isFilled a file that exists in a complete folder
 */
export const fillOnce = async (
  folder: string,
  isFilled: string,
  fill: (draft: string) => Promise<void>,
): Promise<void> => {
  if (existsSync(isFilled)) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  try {
    await fill(draft);
    await rename(draft, folder);
  } catch (problem) {
    if (!existsSync(isFilled)) throw problem;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};
