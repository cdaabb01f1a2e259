import type { Page } from "../ports/index.ts";
import { hasTime, type TimeBudget } from "./time-budget.ts";

/** Read page by page, while there is time. An empty page may be followed by a full one. */
export async function* pages(
  work: TimeBudget,
  read: (after: string | undefined) => Promise<Page>,
): AsyncGenerator<readonly string[]> {
  let after: string | undefined;
  do {
    const page = await read(after);
    if (page.ids.length > 0) yield page.ids;
    after = page.next;
  } while (after !== undefined && hasTime(work));
}
