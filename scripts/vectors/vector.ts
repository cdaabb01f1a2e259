import * as z from "zod";

const instant = z.iso
  .datetime({ offset: true, error: 'expected an instant with its offset, such as "2027-01-01T00:00:00Z"' })
  .transform((text) => Date.parse(text));

const dialects = ["unix5", "ext5", "sec6", "sec7", "aws6", "aws-rate"] as const;

/** Parses instants to milliseconds, because one instant can be written in many ways. */
const vectorSchema = z.object({
  expr: z.string(),
  dialect: z.enum(dialects, { error: `expected one of ${dialects.join(", ")}` }),
  tz: z.string().default("UTC"),
  from: instant.optional(),
  count: z.int().positive().optional(),
  /** Whether nothing is due after the last expected time. */
  exhausted: z.boolean().default(false),
  expected: z.array(instant).optional(),
  expectedByPolicy: z.record(z.string(), z.array(instant)).default({}),
  policy: z.string().optional(),
  expectError: z.boolean().default(false),
  valid: z.boolean().optional(),
});

export type Vector = z.infer<typeof vectorSchema>;

/** The fields that identify a vector, tolerant of any error in it. */
const labelSchema = z.object({
  id: z.string().min(1).optional().catch(undefined),
  level: z.enum(["must", "advisory"]).catch("must"),
  expr: z.unknown(),
  tz: z.unknown(),
});

export const labelOf = (written: unknown): z.infer<typeof labelSchema> =>
  labelSchema.safeParse(written).data ?? { level: "must", expr: written, tz: undefined };

/** @throws Error in one sentence that names each invalid field */
export const parseVector = (written: unknown): Vector => {
  const { success, data, error } = vectorSchema.safeParse(withoutNulls(written), { reportInput: true });
  if (success) return data;
  throw new Error(error.issues.map(issueText).join("; "));
};

/** Generators in other languages write null for a missing field. */
const withoutNulls = (written: unknown): unknown =>
  typeof written === "object" && written !== null && !Array.isArray(written)
    ? Object.fromEntries(Object.entries(written).filter(([, value]) => value !== null))
    : written;

const issueText = ({ path, message, input }: z.core.$ZodIssue): string =>
  `${path.join(".") || "vector"}: ${message}, got ${JSON.stringify(input)?.slice(0, 80) ?? "nothing"}`;
