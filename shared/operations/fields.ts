import * as z from "zod";
import { durationMs } from "../core/duration.ts";
import {
  type PolicyOption,
  type PolicyOptionName,
  policyOptionList,
  type policyOptions,
} from "../core/schedules/policy-options.ts";

const units = [
  "second",
  "seconds",
  "minute",
  "minutes",
  "hour",
  "hours",
  "day",
  "days",
  "week",
  "weeks",
] as const;

export const duration = z.templateLiteral([z.number(), " ", z.enum(units)], {
  error: 'expected a duration such as "90 seconds" or "2 hours"',
});

export const instant = z.iso
  .datetime({
    offset: true,
    error: 'expected an instant with its offset, such as "2027-01-01T00:00:00Z"',
  })
  .transform((text) => new Date(text));

/** An instant, or how long from now. */
export const moment = z.union([instant, duration], {
  error: 'expected an instant such as "2027-01-01T00:00:00Z", or a duration such as "2 hours"',
});

export const dateOf = (given: z.output<typeof moment>, now: number, field: string): Date =>
  given instanceof Date ? given : new Date(now + durationMs(given, field));

/** An instant, or how long ago. */
export const pastMoment = z.union([instant, duration], {
  error: 'expected an instant such as "2027-01-01T00:00:00Z", or how long ago, such as "2 hours"',
});

/** In milliseconds since 1970. */
export const pastMs = (given: z.output<typeof pastMoment>, now: number, field: string): number =>
  given instanceof Date ? given.getTime() : now - durationMs(given, field);

/** Rows and messages carry it. */
export const reason = z.string().min(1).max(300);

/** The schemas of options by their kind. The policy itself checks bounds. */
const schemaOf = (option: PolicyOption) => {
  switch (option.kind) {
    case "choice":
      return z.enum(option.choices);
    case "duration":
      return duration;
    case "count":
      return z.int();
  }
};

type SchemaOf<Option extends PolicyOption> = Option extends {
  readonly choices: readonly (infer Choice extends string)[];
}
  ? z.ZodEnum<{ [Name in Choice]: Name }>
  : Option extends { readonly kind: "duration" }
    ? typeof duration
    : z.ZodInt;

type PolicyFields = {
  [Name in PolicyOptionName]: z.ZodExactOptional<SchemaOf<(typeof policyOptions)[Name]>>;
};

/** How a schedule behaves when time does not run as planned. */
// A cast, because Object.fromEntries loses which name has which schema.
export const policyFields = Object.fromEntries(
  policyOptionList.map((option) => [option.name, schemaOf(option).exactOptional()]),
) as PolicyFields;

/** When a schedule is due. */
export const ruleFields = {
  /** Take a rule that is never due, or never again. */
  allowNever: z.boolean().exactOptional(),
  /** Dates such as 2027-12-25, on the zone's calendar, on which it is not due. */
  except: z.array(z.string()).exactOptional(),
  /** On whose clocks a cron rule is read: an IANA zone. */
  zone: z.string().exactOptional(),
  /** What becomes of times that the clocks jump over, or show twice. */
  dst: z
    .object({
      gap: z.enum(["run-after-gap", "skip"]).exactOptional(),
      overlap: z.enum(["first", "second", "both"]).exactOptional(),
    })
    .exactOptional(),
  /** The first instant that counts, and the first that no longer does. */
  start: instant.exactOptional(),
  end: instant.exactOptional(),
};

/** Null removes the option, so that its default counts. */
const removable = <Field extends z.ZodType>(field: z.ZodExactOptional<Field>) =>
  field.unwrap().nullable().exactOptional();

type RemovablePolicyFields = {
  [Name in PolicyOptionName]: z.ZodExactOptional<z.ZodNullable<SchemaOf<(typeof policyOptions)[Name]>>>;
};

// A cast, as above.
const removablePolicyFields = Object.fromEntries(
  policyOptionList.map(({ name }) => [name, removable<z.ZodType>(policyFields[name])]),
) as RemovablePolicyFields;

/** The same fields of an edit: what is left out stays as it was. */
export const editFields = {
  allowNever: ruleFields.allowNever,
  except: removable(ruleFields.except),
  zone: removable(ruleFields.zone),
  dst: removable(ruleFields.dst),
  start: removable(ruleFields.start),
  end: removable(ruleFields.end),
  ...removablePolicyFields,
};
