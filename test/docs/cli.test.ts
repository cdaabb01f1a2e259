import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { Command } from "commander";
import { enqueue } from "../../shared/pipeline/enqueue/enqueue.ts";
import { createTypedCli } from "../cli/support/run-cli.ts";
import { minute } from "../pipeline/support/pipeline-harness.ts";
import { flagsOf, globalFlags, program } from "./support/cli-commands.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "cli.md"), "utf8");

/** The sections of the commands, by their titles. */
const sections = new Map(
  page
    .slice(page.indexOf("\n## Commands"))
    .split(/^### /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf("\n")), text]),
);

const leavesOf = (command: Command, path: readonly string[]): readonly (readonly [string, Command])[] =>
  command.commands.length === 0
    ? [[path.join(" "), command]]
    : command.commands.flatMap((one) => leavesOf(one, [...path, one.name()]));

const commands = new Map(leavesOf(program, []));

const flagsIn = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)]
      .map(([flag]) => flag)
      .filter((flag) => !globalFlags.has(flag)),
  );

describe("docs/cli.md", () => {
  test("has exactly one section per command", () => {
    expect([...sections.keys()].sort()).toEqual([...commands.keys()].sort());
  });

  test.each([...commands])("names exactly the options of %s", (name, command) => {
    const text = sections.get(name) ?? "";
    const ofOthers = /`dead-letters discard [^`]*`/g;
    const own = name === "dead-letters discard" ? text : text.replaceAll(ofOthers, "");
    expect([...flagsIn(own)].sort()).toEqual([...flagsOf(command)].sort());
  });

  test.each([...commands.keys()])("has an example of %s", (name) => {
    expect(sections.get(name)).toMatch(new RegExp(`^ {4}(?:.* )?millrace ${name}\\b`, "m"));
  });

  test("names every error code", () => {
    const source = readFileSync(join(import.meta.dirname, "..", "..", "cli", "problem.ts"), "utf8");
    const core = readFileSync(join(import.meta.dirname, "..", "..", "shared", "core", "errors.ts"), "utf8");
    const codes = [source, core].flatMap((text) => {
      const [, union = ""] = /type (?:Cli)?ErrorCode =([^;]*);/.exec(text) ?? [];
      return [...union.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code);
    });
    const documented = [...page.matchAll(/^\| `([a-z-]+)` +\| [12]/gm)].map(([, code]) => code);
    expect(documented.sort()).toEqual(codes.sort());
  });
});

describe("docs/cli.md, JSON", () => {
  test.each([
    ["runs list", "runs list --limit 1"],
    ["runs cancel", "runs cancel scripted:waits"],
    ["runs retry", "runs retry scripted:doomed"],
    ["runs retry", "runs retry --job scripted"],
    ["runs retry", "runs retry --job scripted --yes"],
    ["enqueue", "enqueue scripted --input {}"],
    ["schedules list", "schedules list"],
    ["schedules history", "schedules history often"],
    ["schedules audit", "schedules audit"],
    ["schedules create", 'schedules create once --job scripted --rule "every 1 hour" --input {}'],
    ["schedules pause", "schedules pause often"],
    ["schedules resume", "schedules resume often"],
    ["schedules trigger", "schedules trigger often"],
    ["lanes", "lanes"],
    ["dead-letters list", "dead-letters list"],
    ["dead-letters discard", "dead-letters discard --kind all"],
  ])("lists every field of %s: %s", async (name, line) => {
    const { pipeline, scripted, runLine } = createTypedCli();
    await pipeline.reconcile();
    await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "doomed" });
    await enqueue(pipeline.ports, scripted, {}, { key: "waits", delay: "1 day" });
    await pipeline.live(2 * minute);
    const { out } = await runLine(`${line} --json`);
    const [, documented = ""] = /\*\*JSON\*\*: (.*)$/s.exec(sections.get(name) ?? "") ?? [];
    const fields = Object.keys(JSON.parse(out)).filter((field) => field !== "pipeline");
    expect(fields.filter((field) => !documented.includes(`\`${field}\``))).toEqual([]);
  });
});
