import { type LaneName, lanes } from "../../core/lane.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { DueQuery } from "../../ports/index.ts";
import { pages } from "../paging.ts";
import type { Dispatch } from "./context.ts";
import { withRetries } from "./retry.ts";

/**
 * Read the pages of all lanes in turn, with the urgent lanes more often: of ten pages, a lane gets as many as its share
 * of the workers. So a storm on one lane delays no other lane, and none of them starves.
 */
export async function* byPriority(tick: Dispatch, shard: number): AsyncGenerator<readonly string[]> {
  let open = lanes.map(({ name, share }) => ({
    turns: Math.round(share * 10),
    pages: lanePages(tick, name, shard),
  }));
  while (open.length > 0) {
    for (const lane of open) {
      for (let turn = 0; turn < lane.turns; turn++) {
        const page = await lane.pages.next();
        if (page.done) open = open.filter((other) => other !== lane);
        if (page.done) break;
        yield page.value;
      }
    }
  }
}

const lanePages = (tick: Dispatch, lane: LaneName, shard: number) =>
  pages(tick, (after) =>
    withRetries(tick, `due schedules of lane ${lane}, shard ${shard}`, () =>
      tick.ports.schedules.due(lane, queryOf(tick, shard, after)),
    ),
  );

const pageSize = 100;

export const queryOf = ({ until }: Dispatch, shard: number, after: string | undefined): DueQuery =>
  withoutUndefined({
    shard,
    until,
    limit: pageSize,
    after,
  });
