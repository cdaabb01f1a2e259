import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

/**
 * Words of earlier versions, each with the term that took its place. They are in no file: not in code, comments, messages,
 * documents or names of tests. See CONTRIBUTING.md.
 */
const retired: readonly (readonly [pattern: string, use: string])[] = [
  [String.raw`let(s|ting)? go\b|letGo|LetGo`, "skip, acknowledge, delete, release"],
  ["farewell|last words|lastWords", "skip undispatched occurrences"],
  [String.raw`(un)?told\b|\btells?\b|\bTold\b`, "recorded, reported; says"],
  [
    String.raw`\bnobody\b|\bwhoever\b|\bsomebody\b|\banybody\b`,
    "the actor: no worker, any sender, an operator",
  ],
  [String.raw`\bfates?\b|Fate\b`, "outcome, disposition"],
  [String.raw`\bdesks?\b|Desk\b`, "context"],
  [String.raw`\bwish(es|ed)?\b|Wish\b`, "input, request"],
  [String.raw`\bbur(y|ied|ies)\b|\bbury[A-Z]`, "send a dead letter"],
  [String.raw`\benrol`, "watch"],
  [String.raw`\bstrangers?\b`, "unexpected"],
  [String.raw`\bmend(s|ed|ing)?\b`, "fix"],
  [String.raw`\bgo(es)? on\b|\bwent on\b|\bgoing on\b`, "continue, resume"],
  [String.raw`\bst(and|ands|ood) still\b|\bstandstill\b`, "was down, is paused"],
  [String.raw`\bunder the sweeper's eye\b|\bunder the eye\b`, "watched by the sweeper"],
  [String.raw`\bliv(e|es) again\b`, "is requeued"],
  [String.raw`\bin vain\b|\bgladly\b|\bslip of the pen\b`, "pointless; plain English"],
  [String.raw`\bretim(e|es|ed|ing)\b|retimeRun`, "reschedule"],
  [String.raw`createSpread\b|\bShardsHandedOver\b`, "fan out"],
  [String.raw`\b(most|longest)[A-Z]\w+`, "max…"],
  [String.raw`\b(let|lets|letting) (it|them|nothing|\w+ runs|the \w+) go\b`, "skip, release"],
  [String.raw`\bholes?\b|"hole"`, "missing entry, gap"],
  [String.raw`\bstands\b(?! for)|\bstood\b`, "is defined in, is stored"],
  [String.raw`\breviv(e|es|ed|ing)\b`, "requeue"],
  [String.raw`\bdue index\b`, "timer index"],
  [String.raw`--most\b|had-ended\b|\blooked\b[,:]|kind: "(look|leave)"|\bwordsOf\b`, "see the glossary"],
  [String.raw`\bworld\.(drain|tick|sweep|deploy|reconcile)\b`, "pipeline"],
  [
    String.raw`\b(toldAt|pausedFor|dueKey|cancelAsked|catchUpMost|catchUpWithin|atMostEvery|queue-one)\b`,
    "see the glossary",
  ],
];

const root = join(import.meta.dirname, "..");
const listed = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.js", "*.cjs", "*.md", "*.json"],
  { cwd: root, encoding: "utf8" },
);
/** They name the words in order to forbid them. */
const exempt: ReadonlySet<string> = new Set(["test/vocabulary.test.ts", "CONTRIBUTING.md"]);
const isWritten = (path: string): boolean =>
  path !== "" &&
  !exempt.has(path) &&
  !path.endsWith("package-lock.json") &&
  !path.startsWith("test/data/") &&
  existsSync(join(root, path));

const lines = listed
  .split("\n")
  .filter(isWritten)
  .flatMap((path) =>
    readFileSync(join(root, path), "utf8")
      .split("\n")
      .map((text, i) => ({ place: `${path}:${i + 1}`, text })),
  );

test.each(retired)("no line of the project has /%s/: write “%s”", (pattern) => {
  const word = new RegExp(pattern, "u");
  expect(
    lines.filter(({ text }) => word.test(text)).map(({ place, text }) => `${place}: ${text.trim()}`),
  ).toEqual([]);
});
