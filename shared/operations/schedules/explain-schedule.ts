import * as z from "zod";
import { parseRule } from "../../core/rules/cron/parse-rule.ts";
import {
  type Explained,
  explainSubject,
  isScheduleName,
  type Subject,
} from "../../core/rules/explain/subject.ts";
import { maxFiresPerPlan } from "../../core/schedules/plan.ts";
import type { PipelineContext } from "../../pipeline/context.ts";
import { findSchedule, ruleFor } from "../../pipeline/schedules/change-row.ts";
import { instant, ruleFields } from "../fields.ts";
import { defineOperation } from "../operation.ts";

export const scheduleExplain = defineOperation({
  name: "schedules.explain",
  description: "Say what a rule or a schedule will do, when, and what it costs.",
  readOnly: true,
  input: z.object({
    /** A rule as `schedules.create` takes it, or the name of a schedule. */
    about: z.string(),
    /** On whose clocks a rule is read, and the times are shown. Default: its own, or UTC. */
    zone: ruleFields.zone,
    count: z.int().min(1).max(maxFiresPerPlan).default(5),
    /** Look from this instant on. Default: now. */
    from: instant.exactOptional(),
    /** A DST policy to try. */
    dst: ruleFields.dst,
  }),
  async run({ about, zone, count, from, dst }, context): Promise<Explained> {
    const subject = isScheduleName(about) ? await named(context, about) : { rule: parseRule(about, zone) };
    const timeZoneRelease = process.versions["tz"];
    const question = {
      from: from?.getTime() ?? context.ports.clock.now(),
      count,
      zone,
      dst,
      timeZoneRelease,
    };
    return explainSubject(subject, question);
  },
});

/** As it is defined in code, else as it was created at run time. */
const named = async (context: PipelineContext, name: string): Promise<Subject> => {
  const inCode = context.registry.schedules.get(name);
  if (inCode) return { rule: inCode.rule, schedule: { name, policy: inCode.policy, job: inCode.job.name } };
  const row = await findSchedule(context, name);
  return { rule: ruleFor(context, row), schedule: { name, policy: row.policy, job: row.job } };
};
