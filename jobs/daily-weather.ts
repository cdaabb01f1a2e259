import { parse } from "csv-parse/sync";
import { FatalError } from "millrace";
import * as z from "zod";

const decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, "expected a decimal number")
  .transform(Number);

const daySchema = z.object({
  date: z.iso.date(),
  precipitation: decimal,
  temp_max: decimal,
  temp_min: decimal,
});

/** One day of weather, in millimetres and degrees Celsius. */
export type Day = z.infer<typeof daySchema>;

/** @throws FatalError naming the first row that is not a day: a report on the other rows would be wrong. */
export const parseDays = (csv: string | Buffer): readonly Day[] =>
  parseRows(csv).map((row, i) => {
    const { success, data, error } = daySchema.safeParse(row);
    if (success) return data;
    const [issue] = error.issues;
    throw new FatalError(`expected daily weather; row ${i + 1}, ${issue?.path.join(".")}: ${issue?.message}`);
  });

const parseRows = (csv: string | Buffer): readonly unknown[] => {
  try {
    return parse(csv, { columns: true, bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new FatalError(`expected CSV with a header line: ${String(error)}`, { cause: error });
  }
};
