import type { Command } from "commander";
import { withoutUndefined } from "../../shared/core/without-undefined.ts";
import type { InitPlan } from "../init/plan.ts";
import { painter } from "../terminal/color.ts";
import type { CliIo, GlobalOptions } from "../terminal/io.ts";

interface InitFlags {
  readonly dryRun?: true;
  readonly cdk: boolean;
  readonly install: boolean;
}

export const addInit = (program: Command, io: CliIo): void => {
  program
    .command("init")
    .description("Add jobs, a schedule, a test and a CDK app to this folder.")
    .option("--dry-run", "say what would be written, and write nothing")
    .option("--no-cdk", "without a CDK app")
    .option("--no-install", "do not install packages")
    .action(async (flags: InitFlags, command: Command) => {
      const { jobs, json } = command.optsWithGlobals<GlobalOptions>();
      await init(io, { ...flags, jobs: jobs ?? "jobs", isJson: json === true });
    });
};

interface Init extends InitFlags {
  readonly jobs: string;
  readonly isJson: boolean;
}

const init = async (io: CliIo, { jobs, isJson, dryRun, ...flags }: Init): Promise<void> => {
  const [{ readAppFolder }, { planInit }, { writeChanges }, { install, packageManagerOf, testedVersions }] =
    await Promise.all([
      import("../init/app-folder.ts"),
      import("../init/plan.ts"),
      import("../init/write.ts"),
      import("../init/install.ts"),
    ]);
  const folder = readAppFolder(io.cwd);
  const plan = planInit(folder, { jobs: trimmed(jobs), hasCdk: flags.cdk, versions: testedVersions() });
  const manager = packageManagerOf(folder.exists);
  if (!dryRun) writeChanges(io.cwd, plan.changes);
  io.out(isJson ? JSON.stringify(reported(plan), null, 2) : view(plan, { io, isDryRun: dryRun === true }));
  if (dryRun) return;
  if (flags.install && plan.needsInstall) install(io.cwd, manager);
  if (!isJson) io.out(nextSteps(plan, { manager, isInstalled: flags.install }));
};

/** `./src/jobs/` and `src/jobs` are the same folder. */
const trimmed = (path: string): string => path.replace(/^\.\//, "").replace(/\/+$/, "");

const reported = ({ changes, hints }: InitPlan) => ({
  files: changes.map(({ path, kind, note }) => withoutUndefined({ path, kind, note })),
  hints,
});

const view = (
  { changes }: InitPlan,
  { io, isDryRun }: { readonly io: CliIo; readonly isDryRun: boolean },
) => {
  const paint = painter(io.isColored);
  const verbs = isDryRun
    ? { create: "would create", change: "would change" }
    : { create: "created", change: "changed" };
  return changes
    .map(({ kind, path, note }) => {
      const line = `${paint(kind === "create" ? "green" : "yellow", verbs[kind])} ${path}`;
      return note === undefined ? line : `${line} ${paint("dim", `(${note})`)}`;
    })
    .join("\n");
};

const nextSteps = (
  { hints, needsInstall, changes }: InitPlan,
  { manager, isInstalled }: { readonly manager: string; readonly isInstalled: boolean },
): string => {
  const hasApp = changes.some(({ path }) => path === "cdk.json");
  const steps = [
    needsInstall && !isInstalled && `${manager} install`,
    "npx millrace dev               # run the pipeline on this machine",
    'npx millrace enqueue hello --input \'{"name":"Ann"}\'',
    hasApp && "npx cdk deploy                 # deploy it to your AWS account",
  ].filter((step) => step !== false);
  return ["", ...hints.flatMap((hint) => [hint, ""]), "Next:", "", ...steps.map((step) => `  ${step}`)].join(
    "\n",
  );
};
