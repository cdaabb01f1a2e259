import { join } from "node:path";
import { type Installation, installPython, type PythonOptions } from "./python.ts";

/** MiniStack, and the AWS CLI and boto3, with which the tests send work as the README prints it. */
const requirements = join(import.meta.dirname, "requirements.txt");

/** MiniStack and the clients of AWS in a virtual environment of their own. */
export const installMinistack = (
  options: Pick<PythonOptions, "cacheDir" | "python">,
): Promise<Installation> => installPython({ ...options, what: "MiniStack", requirements });
