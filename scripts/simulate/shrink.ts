/**
 * The fewest items of a list with which something still fails, by delta debugging: leave out ever smaller parts as long as the
 * rest still fails. It must fail with all of them.
 * @param fails asked with a part of the list, in order
 * @param hasTime when it answers no, the list as it is by then is the answer
 */
export const shrink = async <Item>(
  items: readonly Item[],
  fails: (part: readonly Item[]) => Promise<boolean>,
  hasTime: () => boolean = () => true,
): Promise<readonly Item[]> => {
  if (items.length > 0 && (await fails([]))) return [];
  let left = items;
  let parts = 2;
  while (left.length > 1 && hasTime()) {
    const smaller = await withoutOnePart(left, Math.min(parts, left.length), fails, hasTime);
    if (smaller) {
      left = smaller;
      parts = Math.max(2, parts - 1);
    } else if (parts >= left.length) {
      break;
    } else {
      parts *= 2;
    }
  }
  return left;
};

const withoutOnePart = async <Item>(
  items: readonly Item[],
  parts: number,
  fails: (part: readonly Item[]) => Promise<boolean>,
  hasTime: () => boolean,
): Promise<readonly Item[] | undefined> => {
  const size = Math.ceil(items.length / parts);
  for (let start = 0; start < items.length && hasTime(); start += size) {
    const rest = [...items.slice(0, start), ...items.slice(start + size)];
    if (await fails(rest)) return rest;
  }
  return undefined;
};
