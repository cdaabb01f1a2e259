import { join } from "node:path";
import { type Installation, installPython, type PythonOptions } from "../endpoint/python.ts";

/** MiniStack, and the AWS CLI and boto3, with which the tests run the README's examples. */
const requirements = join(import.meta.dirname, "requirements.txt");

/** Installs MiniStack and the AWS clients in a virtual environment. */
export const installMinistack = (
  options: Pick<PythonOptions, "cacheDir" | "python">,
): Promise<Installation> => installPython({ ...options, what: "MiniStack", requirements });
