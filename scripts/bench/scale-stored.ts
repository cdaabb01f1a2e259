import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import { createClients } from "../../shared/aws/clients.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { defineRegistry } from "../../shared/core/jobs/registry.ts";
import { dispatch } from "../../shared/pipeline/dispatcher/tick.ts";
import { quietLog } from "./bench-ports.ts";
import { add, countRequests, nothing } from "./cost/count.ts";
import { noop } from "./project/jobs.ts";
import { dailyRow, loadRows } from "./scale-rows.ts";
import { withServers } from "./servers.ts";
import { count, decimal, table } from "./table.ts";

/** The work of one tick. */
export interface TickWork {
  readonly stored: number;
  readonly occurrences: number;
  readonly requests: number;
  readonly itemsRead: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly ms: number;
}

const due = 10;
const dayMs = 86_400_000;

/** Measures one tick for ten due schedules, among growing numbers that are not due. */
export const measureStored = (sizes: readonly number[]): Promise<readonly TickWork[]> =>
  withServers(async ({ env }) => {
    Object.assign(process.env, env);
    const clients = createClients();
    const ports = createPorts(env, { log: quietLog, environmentId: "bench", clients });
    const requests = countRequests(clients);
    const items = countItems(clients.dynamodb);
    const registry = defineRegistry([noop], []);
    const later = Date.now() + dayMs;
    const done: TickWork[] = [];
    let stored = due;
    for (const size of sizes) {
      const from = stored;
      await loadRows(env, size - from, (i) => dailyRow(`later-${from + i}`, "normal", later));
      stored = size;
      // A new instant each time, which has no runs yet.
      const dueAt = Math.floor(Date.now() / 1_000) * 1_000 + done.length;
      await loadRows(env, due, (i) => dailyRow(`due-${i}`, "normal", dueAt));
      requests.take();
      items.take();
      const begin = Date.now();
      const { occurrences } = await dispatch(ports, registry, { deadlineAt: begin + 55_000 });
      const ms = Date.now() - begin;
      const total = [...requests.take().values()].reduce(add, nothing);
      const { tableUnits, indexUnits, readUnits } = total;
      const writeUnits = tableUnits + indexUnits;
      done.push({
        stored,
        occurrences,
        ms,
        readUnits,
        writeUnits,
        requests: total.requests,
        itemsRead: items.take(),
      });
    }
    return done;
  });

const answer = z.object({
  ScannedCount: z.number().default(0),
  Responses: z.union([z.record(z.string(), z.array(z.unknown())), z.array(z.unknown())]).default({}),
});

/** Counts the items that were read by queries and by keys. */
const countItems = (dynamodb: DynamoDBClient): { take(): number } => {
  let items = 0;
  dynamodb.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const result = await next(args);
        const { ScannedCount, Responses } = answer.parse(result.output);
        if (commandName.startsWith("Query")) items += ScannedCount;
        if (commandName.startsWith("BatchGet")) items += Object.values(Responses).flat().length;
        return result;
      },
    { step: "initialize" },
  );
  return {
    take() {
      const taken = items;
      items = 0;
      return taken;
    },
  };
};

export const describeStored = (ticks: readonly TickWork[]): string =>
  [
    `One tick for the same ${due} due schedules, among growing numbers that are not due: ${isEqual(ticks) ? "**the same requests, items and units, however many are stored**" : "**NOT the same work**"}. An idle tick queries ${16 * 5} lists: four lanes and the parked runs in each of 16 shards. That is most of its work.`,
    "",
    table(
      ["schedules stored", "occurrences", "requests", "items read", "read units", "write units", "time"],
      ticks.map((tick) => [
        count(tick.stored),
        count(tick.occurrences),
        count(tick.requests),
        count(tick.itemsRead),
        decimal(tick.readUnits),
        decimal(tick.writeUnits),
        `${count(tick.ms)} ms`,
      ]),
    ),
  ].join("\n");

const isEqual = (ticks: readonly TickWork[]): boolean =>
  new Set(ticks.map(({ stored: _size, ms: _time, ...work }) => JSON.stringify(work))).size <= 1;
