import type { Page } from "../../ports/index.ts";

export interface Entry {
  readonly id: string;
  /** The sort key: a number or a text. */
  readonly at: number | string;
}

export interface PageQuery {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly newestFirst?: boolean | undefined;
}

/**
 * A page, as DynamoDB answers it: it continues after the key at which the last page ended, even if that entry has left.
 */
export const pageOf = (entries: readonly Entry[], { limit, after, newestFirst = false }: PageQuery): Page => {
  const idsByPlace = new Map(entries.map((entry) => [placeOf(entry), entry.id]));
  const places = [...idsByPlace.keys()].sort();
  const ordered = newestFirst ? places.reverse() : places;
  const isLeft = (place: string) => after === undefined || (newestFirst ? place < after : place > after);
  const left = ordered.filter(isLeft);
  const ids = left.slice(0, limit).flatMap((place) => idsByPlace.get(place) ?? []);
  const next = left.length > limit ? left[limit - 1] : undefined;
  return next === undefined ? { ids } : { ids, next };
};

const digits = 16;

const placeOf = ({ id, at }: Entry): string =>
  `${typeof at === "string" ? at : String(at).padStart(digits, "0")} ${id}`;
