import fc from "fast-check";
import { laneNames } from "../../../shared/core/lane.ts";
import { farFuture, type Run, type Running, retentionMs, runSchema } from "../../../shared/core/runs/run.ts";
import { listKeyOf, timerKeyOf } from "../../../shared/core/shard.ts";

export const now = Date.UTC(2026, 0, 1);

export const anyName = fc.stringMatching(/^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9}){0,3}$/);

/** What may be a key, a tenant or a trace: visible ASCII. */
export const anyWord = (maxLength = 40) =>
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength,
  });

export const anyInstant = fc.integer({ min: 0, max: 2 * now });

/** A character that may make trouble somewhere, half a surrogate pair included. */
export const anyUnit = fc.oneof(
  fc.integer({ min: 0, max: 0x17f }).map((code) => String.fromCharCode(code)),
  fc.constantFrom('"', "\\", "{", "[", "\u2028", "\uffff", "😀", "\ud83d", "\ude00"),
);

/** A value as JSON gives it back, `__proto__` included. */
export const anyJson = (maxDepth = 4) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.jsonValue({ maxDepth, stringUnit: anyUnit }) },
    fc.nat().map((value): unknown => JSON.parse(`{"__proto__":{"a":${value}},"constructor":1}`)),
  );

const anyFailure = fc.record({ name: anyWord(), message: fc.string() });

const optional = {
  tenant: anyWord(128),
  schedule: anyName,
  tags: fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
  expiresAt: anyInstant,
  chainDepth: fc.integer({ min: 1, max: 100 }),
  trace: anyWord(256),
  error: anyFailure,
  input: anyJson().map((value) => JSON.stringify(value)),
};

const required = {
  job: anyName,
  key: anyWord(128),
  lane: fc.constantFrom(...laneNames),
  generation: fc.integer({ min: 1, max: 1_000 }),
  claimCountAtStart: fc.nat(50),
  failedAttempts: fc.nat(10),
  crashed: fc.nat(3),
  dueAt: anyInstant,
  createdAt: anyInstant,
  resendCount: fc.nat(60),
  availableAt: anyInstant,
  token: anyWord(26),
  at: anyInstant,
  dueList: fc.constantFrom("sweep", undefined),
} as const;

const facts = fc.record(
  { ...required, ...optional },
  { requiredKeys: Object.keys(required) as (keyof typeof required)[] },
);

type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

/** What every state's row has, and then what this one's has. */
const rowIn = (state: Run["state"], { key, crashed, dueList, at, token, ...kept }: Facts) => {
  const id = `${kept.job}:${key}`;
  const started = { token, startedAt: at };
  const ended = { availableAt: farFuture, endedAt: at, ttl: Math.floor((at + retentionMs) / 1_000) };
  const row = {
    ...kept,
    id,
    state,
    inputHash: "hash",
    listKey: listKeyOf(kept.job, id),
    claimCount: kept.claimCountAtStart + kept.failedAttempts + crashed,
    ...(dueList && { timerKey: timerKeyOf(dueList, id), timerAt: at }),
  };
  switch (state) {
    case "queued":
    case "retry":
      return row;
    case "parked":
      return { ...row, timerKey: timerKeyOf("park", id), timerAt: row.availableAt };
    case "running":
      return { ...row, ...started, claimCount: row.claimCount + 1 };
    case "succeeded":
      return { ...row, ...started, ...ended };
    case "dead":
      return {
        ...row,
        ...started,
        ...ended,
        availableAt: 0,
        generation: row.generation + 1,
        reason: "why",
        diedAt: at,
        deadKey: "d",
        deadSort: "d#",
      };
    case "cancelled":
    case "expired":
      return { ...row, ...ended, reason: "why" };
  }
};

export const states = [
  "queued",
  "parked",
  "retry",
  "running",
  "succeeded",
  "dead",
  "cancelled",
  "expired",
] as const;

export const anyRunIn = (...some: readonly Run["state"][]): fc.Arbitrary<Run> =>
  fc.tuple(fc.constantFrom(...some), facts).map(([state, its]) => runSchema.parse(rowIn(state, its)));

export const anyRun = anyRunIn(...states);

export const anyRunning: fc.Arbitrary<Running> = anyRunIn("running").map(asRunning);

function asRunning(run: Run): Running {
  if (run.state !== "running") throw new Error(`expected a running run, got ${run.state}`);
  return run;
}

/** One run, as a test wants it. */
export const runIn = (state: Run["state"], more: object = {}): Run =>
  runSchema.parse({
    ...rowIn(state, {
      job: "greet",
      key: "k",
      lane: "normal",
      generation: 1,
      claimCountAtStart: 0,
      failedAttempts: 0,
      crashed: 0,
      dueAt: now,
      createdAt: now,
      resendCount: 0,
      availableAt: now,
      token: "token",
      at: now,
      dueList: undefined,
    }),
    ...more,
  });

export const running = (more: object = {}): Running =>
  asRunning(runIn("running", { availableAt: now + 35_000, ...more }));
