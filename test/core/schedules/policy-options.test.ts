import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { createProgram } from "../../../cli/program.ts";
import {
  type PolicyOption,
  type PolicyOptionName,
  policyOptionList,
} from "../../../shared/core/schedules/policy-options.ts";
import { operate } from "../../../shared/operations/operation.ts";
import { scheduleCreate, scheduleEdit } from "../../../shared/operations/schedules/define-schedule.ts";
import { createCli } from "../../cli/support/run-cli.ts";
import { scriptedJob } from "../../pipeline/support/pipeline-harness.ts";

type Named = PolicyOption & { readonly name: PolicyOptionName };

const names = policyOptionList.map(({ name }) => name);

/** A value that is not the default. */
const otherValue = (option: Named): string | number => {
  if (option.kind === "count") return 7;
  if (option.kind === "duration") return "7 hours";
  return option.choices.find((choice) => choice !== option.default) ?? "";
};

const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const create = () => {
  const { scripted } = scriptedJob();
  const { context, run } = createCli([scripted]);
  return { context, run, fields: { name: "often", job: scripted.name, rule: ["every 1 hour"], input: {} } };
};

/** Where every option of the table must be. A new entry of the table fails here until it is. */
describe.each(policyOptionList.map((option) => [option.name, option] as const))(
  "the option %s",
  (name, option) => {
    const value = otherValue(option);

    test("is a field of create, and is shown", async () => {
      const { context, fields } = create();
      const { schedule } = await operate(scheduleCreate, { ...fields, [name]: value }, context);
      expect(schedule.policy[name]).toBe(value);
    });

    test("is a field of edit, where null restores the default", async () => {
      const { context, fields } = create();
      const before = await operate(scheduleCreate, fields, context);
      const changed = await operate(scheduleEdit, { name: "often", [name]: value }, context);
      expect(changed.schedule.policy[name]).toBe(value);
      const restored = await operate(scheduleEdit, { name: "often", [name]: null }, context);
      expect(restored.schedule.policy).toEqual(before.schedule.policy);
    });

    test("is a flag of create and edit", () => {
      const unused = (): never => {
        throw new Error("not to be called");
      };
      const io = { out: unused, err: unused, readStdin: unused, connect: unused, loadJobs: unused };
      const screen = { cwd: "/nowhere", isColored: false, isErrColored: false, columns: 80 };
      const program = createProgram({ ...io, ...screen }, false);
      const schedules = program.commands.find((command) => command.name() === "schedules");
      for (const command of ["create", "edit"]) {
        const { options = [] } = schedules?.commands.find((one) => one.name() === command) ?? {};
        expect(options.map(({ long }) => long)).toContain(flagOf(name));
      }
    });

    test("changes the page of its schedule", async () => {
      const page = async (set: object): Promise<string> => {
        const { context, run, fields } = create();
        // A limit shows only where it counts.
        const all = name === "catchUpLimit" ? { catchUp: "all" } : {};
        await operate(scheduleCreate, { ...fields, ...all, ...set }, context);
        return (await run(["schedules", "show", "often"])).out;
      };
      expect(await page({ [name]: value })).not.toBe(await page({}));
    });
  },
);

test("the table of options in docs/schedules.md is the one in the code", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "schedules.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` +\| `(--[\w-]+)` +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)];
  expect(rows.map(([, ...cells]) => cells)).toEqual(policyOptionList.map(cellsOf));
  expect(new Set(names).size).toBe(names.length);
});

const cellsOf = (option: Named): readonly string[] => [
  option.name,
  flagOf(option.name),
  option.default === undefined ? "none" : `\`${JSON.stringify(option.default)}\``,
  valuesOf(option),
  option.help,
];

const valuesOf = (option: PolicyOption): string => {
  switch (option.kind) {
    case "choice":
      return option.choices.map((choice) => `\`"${choice}"\``).join(", ");
    case "count":
      return `1 to ${option.max.toLocaleString("en-US")}`;
    case "duration":
      return ["a duration", option.min && `from ${option.min}`, option.max && `to ${option.max}`]
        .filter(Boolean)
        .join(" ");
  }
};
