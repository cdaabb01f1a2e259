/** One protection of the protocol, and how to remove it. */
export interface Mutant {
  /** What is protected, or by what. */
  readonly name: string;
  readonly file: string;
  /** Must occur exactly once in the file, or the mutant is an error. So it cannot become outdated unnoticed. */
  readonly find: string;
  readonly replace: string;
  /** Path patterns of the tests that must fail. */
  readonly tests: readonly string[];
}

export const mutants: readonly Mutant[] = [
  {
    name: "the fence of settle",
    file: "shared/core/runs/settle.ts",
    find: "when: heldBy(run),\n  ...withoutCrash",
    replace: 'when: { state: "running" },\n  ...withoutCrash',
    tests: ["test/core/runs/change.test", "test/pipeline/worker/retry-until.slow-store"],
  },
  {
    name: "the comparison of tokens after a refused claim",
    file: "shared/core/runs/admission.ts",
    find: 'if (run.token === claim.token && run.state === "running") return { kind: "ours" };',
    replace: "",
    tests: ["test/core/runs/admission"],
  },
  {
    name: "the comparison of tokens after a refused settle",
    file: "shared/core/runs/admission.ts",
    find: 'if (row.state === "running") return "not-written";',
    replace: "",
    tests: ["test/pipeline/worker/retry-until.slow-store"],
  },
  {
    name: "the sweeper",
    file: "shared/pipeline/sweeper/sweep.ts",
    find: "  const problems: unknown[] = [];\n",
    replace:
      "  if (deadlineAt > 0) return { watched: 0, resent: 0, ended: 0, adopted: 0 };\n  const problems: unknown[] = [];\n",
    tests: ["test/pipeline/worker/execute-run.failing-handlers", "test/pipeline/sweeper/drain-dead-letters"],
  },
  {
    name: "the hold on the sweeper's marks",
    file: "shared/pipeline/sweeper/watch-unfinished.ts",
    find: "Math.min(isWhole ? list.until : last, firstUnsafe)",
    replace: "list.until",
    tests: ["test/pipeline/sweeper/sweep.watermarks"],
  },
  {
    name: "the hold on the dispatcher's watermark",
    file: "shared/pipeline/dispatcher/tick.ts",
    find: 'outcome?.status === "fulfilled" && outcome.value.isFinished;',
    replace: "outcome !== undefined;",
    tests: ["test/pipeline/dispatcher/dispatch-schedules.watermark"],
  },
  {
    name: "the handling of dead letters created by SQS",
    file: "shared/pipeline/sweeper/drain-dead-letters.ts",
    find: "if (row) return await keepRun(sweep, row, { generation: message.generation ?? 1, messageId });",
    replace: "if (row) return messageId.length > 0;",
    tests: ["test/pipeline/sweeper/drain-dead-letters"],
  },
  {
    name: "the generation in the condition of a claim in memory",
    file: "shared/core/runs/admission.ts",
    find: "run.generation === claim.generation && run.availableAt <= claim.now",
    replace: "run.availableAt <= claim.now",
    tests: ["test/core/runs/admission"],
  },
  {
    name: "the generation in the condition of a claim in DynamoDB",
    file: "shared/aws/dynamodb/run-requests.ts",
    find: "when: toAttributes({ generation: claim.generation } satisfies RunFields),",
    replace: "when: {},",
    tests: ["test/aws/dynamodb/run-requests"],
  },
  {
    name: "the instant in the condition of a claim",
    file: "shared/core/runs/admission.ts",
    find: "run.generation === claim.generation && run.availableAt <= claim.now",
    replace: "run.generation === claim.generation",
    tests: ["test/core/runs/admission"],
  },
  {
    name: "the record of a start after a lost lease",
    file: "shared/pipeline/worker/record-start.ts",
    find: "if (lostLeasesOf(run) === 0) return run;",
    replace: "if (lostLeasesOf(run) >= 0) return run;",
    tests: ["test/pipeline/worker/gates"],
  },
  {
    name: "the dead letter of a death",
    file: "shared/pipeline/runs/end-effects.ts",
    find: 'row.state !== "dead" || (await deadLetterRun(ports, row, row))',
    replace: 'row.state !== "dead" || ports.clock.now() > 0',
    tests: ["test/pipeline/runs/end-run"],
  },
  {
    name: "the settle effects of a retry",
    file: "shared/pipeline/worker/execute-run.ts",
    find: "  await applySettleEffects(",
    replace: '  if (verdict.kind !== "retry") await applySettleEffects(',
    tests: ["test/pipeline/worker/settle.example-effect"],
  },
  {
    name: "the repeated effects of an end that is no death",
    file: "shared/pipeline/runs/end-run.ts",
    find: "    : row.generation === generation;",
    replace: "    : row.generation > generation;",
    tests: ["test/pipeline/worker/process-message.repeated-end-effects"],
  },
  {
    name: "the ledger entry of an occurrence that a worker skipped",
    file: "shared/pipeline/runs/end-effects.ts",
    find: 'if (row.state !== "cancelled" || !row.skippedBySchedule || row.schedule === undefined) return true;',
    replace:
      'if (row.state !== "cancelled" || row.skippedBySchedule || row.schedule === undefined) return true;',
    tests: ["test/pipeline/schedules/skip-undispatched.killed-dispatcher", "test/pipeline/runs/end-run"],
  },
  {
    name: "the check of runs of a former job",
    file: "shared/core/schedules/former-job.ts",
    find: "  if (taken) return taken;\n",
    replace: "",
    tests: ["test/pipeline/schedules/edit.job-change"],
  },
];
