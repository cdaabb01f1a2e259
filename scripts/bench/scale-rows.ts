import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { access } from "../../localstack/embedded/address.ts";
import { putItems } from "../../shared/aws/dynamodb/batches.ts";
import { itemOf } from "../../shared/aws/dynamodb/item.ts";
import { scheduleItem } from "../../shared/aws/dynamodb/schedule-requests.ts";
import { scheduleNameKey } from "../../shared/aws/dynamodb/state-keys.ts";
import { createClock, createRandom } from "../../shared/aws/system.ts";
import { jsonHash } from "../../shared/core/json.ts";
import type { LaneName } from "../../shared/core/lane.ts";
import { schedulePolicy } from "../../shared/core/schedules/policy.ts";
import type { ScheduleRow } from "../../shared/core/schedules/schedule-row.ts";
import { quietLog } from "./bench-ports.ts";
import { noop, note } from "./project/jobs.ts";
import type { EmbeddedServers } from "./servers.ts";

const input = JSON.stringify({ note });

/** A schedule created at run time: once a day, next at `nextFireAt`. */
export const dailyRow = (name: string, lane: LaneName, nextFireAt: number): ScheduleRow => ({
  name,
  lane,
  input,
  nextFireAt,
  version: 1,
  source: "runtime",
  state: "active",
  job: noop.name,
  rule: { text: `every 1 day anchored at ${new Date(nextFireAt).toISOString()}` },
  inputHash: jsonHash(input),
  policy: schedulePolicy(),
});

/** Rows per group: each group is 10 concurrent BatchWriteItem requests. */
const groupSize = 250;
const loaders = 2;

/** Writes rows and their names as `create` does, without its conditions: 25 to a request. */
export const loadRows = async (
  env: EmbeddedServers["env"],
  count: number,
  rowAt: (i: number) => ScheduleRow,
): Promise<void> => {
  const { MILLRACE_RUNS_TABLE: runs, MILLRACE_STATE_TABLE: state } = env;
  // Without the pipeline's short timeouts, because the busy store is slow.
  const dynamodb = new DynamoDBClient({ ...access, endpoint: env.AWS_ENDPOINT_URL_DYNAMODB });
  const store = {
    dynamodb,
    clock: createClock(),
    random: createRandom(),
    log: quietLog,
    tables: { runs, state },
  };
  let next = 0;
  const load = async (): Promise<void> => {
    while (next < count) {
      const from = next;
      next += groupSize;
      const rows = Array.from({ length: Math.min(groupSize, count - from) }, (_, i) => rowAt(from + i));
      await putItems(store, state, rows.map(scheduleItem));
      await putItems(
        store,
        state,
        rows.map(({ name }) => itemOf(scheduleNameKey(name))),
      );
    }
  };
  await Promise.all(Array.from({ length: loaders }, load));
  dynamodb.destroy();
};
