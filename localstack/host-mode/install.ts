import { join } from "node:path";
import { installPython } from "../endpoint/python.ts";
import { installDynamodbLocal } from "./dynamodb-local.ts";
import { findJava, findMaven, findPython } from "./find-programs.ts";

/** What LocalStack needs to run without Docker. */
export interface LocalstackPrograms {
  /** Has LocalStack installed. */
  readonly python: string;
  readonly java: string;
  /** The folder of Amazon's DynamoDB Local. */
  readonly dynamodbLocal: string;
}

export type LocalstackInstallation =
  | { readonly programs: LocalstackPrograms }
  | {
      readonly reason: string;
      /** Whether this machine lacks a program that we do not install. */
      readonly isUnsupported: boolean;
    };

const requirements = join(import.meta.dirname, "requirements.txt");

/** Installs LocalStack in a virtual environment, and DynamoDB Local beside it. */
export const installLocalstack = async (cacheDir: string): Promise<LocalstackInstallation> => {
  const [python, java, maven] = await Promise.all([findPython(), findJava(), findMaven()]);
  if ("reason" in python) return { ...python, isUnsupported: true };
  if ("reason" in java) return { ...java, isUnsupported: true };
  if ("reason" in maven) return { ...maven, isUnsupported: true };
  const [installed, dynamodb] = await Promise.all([
    installPython({ what: "LocalStack", requirements, cacheDir, python: python.path }),
    installDynamodbLocal({ cacheDir, maven: maven.path, java: java.path }),
  ]);
  if ("reason" in installed) return { ...installed, isUnsupported: false };
  if ("reason" in dynamodb) return { ...dynamodb, isUnsupported: false };
  return { programs: { python: installed.python, java: java.path, dynamodbLocal: dynamodb.folder } };
};
