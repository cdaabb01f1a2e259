import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { dataFiles } from "./data-files.ts";

/** A DynamoDB that can run on this machine. */
export interface DynamodbProgram {
  /** Its name, and where it was found. */
  readonly label: string;
  readonly command: string;
  /** The arguments that make it listen on the port, and store its data in the folder. */
  args(port: number, dataDir: string): readonly string[];
}

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Chooses the best DynamoDB that is there: dynoxide from npm, dynoxide on the PATH, then Amazon's DynamoDB Local in the
 * folder that `DYNAMODB_LOCAL` names, with Java.
 * @throws Error that says what to install when there is none
 */
export const findDynamodb = (machine: Machine = process): DynamodbProgram =>
  npmDynoxide(machine) ?? pathDynoxide(machine) ?? dynamodbLocal(machine) ?? none(machine);

const npmDynoxide = ({ platform, arch }: Machine): DynamodbProgram | undefined => {
  const name = packageOf(platform, arch);
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    return dynoxide(join(folder, platform === "win32" ? "dynoxide.exe" : "dynoxide"), name);
  } catch {
    return undefined;
  }
};

const packageOf = (platform: string, arch: string): string => `@dynoxide/${platform}-${arch}`;

const pathDynoxide = (machine: Machine): DynamodbProgram | undefined => {
  const command = onPath("dynoxide", machine);
  return command === undefined ? undefined : dynoxide(command, command);
};

const dynoxide = (command: string, where: string): DynamodbProgram => ({
  label: `dynoxide, from ${where}`,
  command,
  args: (port, dataDir) => [
    ...["serve", "--host", "127.0.0.1", "--port", `${port}`],
    ...["--db-path", join(dataDir, dataFiles.dynamodb)],
  ],
});

/** Version 3. Its archive from Amazon has libraries in a folder of their own; from Maven, all files are in one. */
const dynamodbLocal = (machine: Machine): DynamodbProgram | undefined => {
  const { DYNAMODB_LOCAL: folder } = machine.env;
  if (folder === undefined) return undefined;
  if (!existsSync(folder)) throw new Error(`DYNAMODB_LOCAL: expected a folder, and ${folder} does not exist`);
  const command = onPath("java", machine);
  if (command === undefined) {
    throw new Error("DYNAMODB_LOCAL is set, and no java is on the PATH: install Java 17 or later");
  }
  const libraries = join(folder, "DynamoDBLocal_lib");
  const classes = [folder, libraries].map((each) => join(each, "*")).join(delimiter);
  return {
    label: `DynamoDB Local, from ${folder}`,
    command,
    args(port, dataDir) {
      const dbFolder = join(dataDir, dataFiles.dynamodbLocal);
      mkdirSync(dbFolder, { recursive: true });
      return [
        ...["-Xmx256m", `-Djava.library.path=${[folder, libraries].join(delimiter)}`, "-cp", classes],
        ...["software.amazon.dynamodb.services.local.main.ServerRunner", "-disableTelemetry", "-sharedDb"],
        ...["-port", `${port}`, "-dbPath", dbFolder],
      ];
    },
  };
};

const onPath = (program: string, { env, platform }: Machine): string | undefined => {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const file = platform === "win32" ? `${program}.exe` : program;
  return folders.map((folder) => join(folder, file)).find(isExecutable);
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const none = ({ platform, arch }: Machine): never => {
  throw new Error(
    `no DynamoDB for ${platform}-${arch}: the package ${packageOf(platform, arch)} is not installed. Put dynoxide on the PATH ` +
      `(brew install nubo-db/tap/dynoxide, or cargo install dynoxide-rs), or set DYNAMODB_LOCAL to the folder of Amazon's DynamoDB Local 3, ` +
      `or start any DynamoDB-compatible server and set AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000`,
  );
};
