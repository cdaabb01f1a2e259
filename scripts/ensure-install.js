// Runs before `npm start` and `npm test`, so that a fresh clone needs no other command. Installs the dependencies if
// that has not been done since the lock file changed. Plain JavaScript, because nothing is installed yet and the
// machine's own Node may be as old as 18.
import { spawnSync } from "node:child_process";
import { lstatSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const neededMajor = 24;
const root = fileURLToPath(new URL("..", import.meta.url));

const changedAt = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs;

const isInstalled = () => {
  const installedAt = changedAt("node_modules/.package-lock.json");
  return installedAt !== undefined && installedAt >= (changedAt("package-lock.json") ?? 0);
};

/** Whether `node_modules` is a link: `npm ci` would empty another checkout's. */
const isBorrowed = () =>
  lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink() === true;

/** Uses the npm that runs this script: `npm` on the PATH may be another one, or missing. */
const npmCi = () => {
  const npm = process.env.npm_execpath ?? "";
  const [command, ...args] = /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ["npm"];
  // Only errors: with an old Node, every package that requires a newer one causes a warning.
  const quietCi = ["ci", "--loglevel=error", "--no-audit", "--no-fund"];
  return spawnSync(command, [...args, ...quietCi], { cwd: root, stdio: "inherit" });
};

/** The version of the Node that package.json's scripts use: the project's own is first on their PATH. */
const scriptsNode = () => {
  const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}`;
  const result = spawnSync("node", ["--version"], { env: { ...process.env, PATH: path }, encoding: "utf8" });
  return result.stdout?.trim() ?? "";
};

const stop = (message) => {
  console.error(`\n${message}\n`);
  process.exit(1);
};

if (!isInstalled()) {
  if (isBorrowed()) {
    stop(
      "node_modules is a link to another checkout's, and older than package-lock.json: installing would empty that one.\n" +
        "Remove the link to install here, or run npm ci where it points to.",
    );
  }
  console.log("Installing dependencies (npm ci): takes under a minute, once.");
  const installed = npmCi();
  if (installed.status !== 0) {
    stop(
      `npm ci failed${installed.error ? ` (${installed.error.message})` : ""}: see above, then run it again by hand.`,
    );
  }
}

const version = scriptsNode();
if (!(Number(version.slice(1).split(".")[0]) >= neededMajor)) {
  stop(
    `Millrace needs Node ${neededMajor} or later; its scripts would run on ${version || "none at all"}.\n` +
      `It brings its own as the npm package "node", whose install script did not run, or which knows no binary for ` +
      `${process.platform}-${process.arch}. Run "npm rebuild node --ignore-scripts=false", or install Node ${neededMajor} from https://nodejs.org.`,
  );
}
