import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { type BuildOptions, build } from "esbuild";

const project = join(import.meta.dirname, "client", "project");

type Format = Pick<BuildOptions, "format" | "splitting" | "packages" | "alias">;

/** Bundle a server of the project as a user's bundler does. */
const bundle = async (entry: string, options: Format) => {
  const { metafile, outputFiles } = await build({
    ...options,
    entryPoints: [join(project, entry)],
    bundle: true,
    platform: "node",
    minify: true,
    write: false,
    metafile: true,
    outdir: join(project, "dist"),
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs);
  const kB = (files: typeof outputFiles) =>
    files.reduce((sum, { contents }) => sum + contents.length, 0) / 1_000;
  return {
    ofJob: inputs.filter((path) => /^jobs\/|nodemailer/.test(path)),
    external: Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.flatMap(({ path, external }) => (external ? [path] : [])),
    ),
    totalKB: kB(outputFiles),
    /** What is loaded before the first call of `enqueue`. */
    entryKB: kB(outputFiles.filter(({ path }) => path.endsWith(entry.replace(".ts", ".js")))),
  };
};

/** One file with everything in it, as for a container or a Lambda function. */
const oneFile: Format = { format: "cjs" };

/** As Next.js and other frameworks do: packages stay outside. Our own client is bundled, since here it is no package. */
const nextLike: Format = {
  format: "esm",
  splitting: true,
  packages: "external",
  alias: { "millrace/client": join(import.meta.dirname, "../shared/client.ts") },
};

describe("the bundle of a web server that enqueues by jobRef", () => {
  test("has neither the job's handler nor its dependencies, in one file", async () => {
    const { ofJob, totalKB } = await bundle("server.ts", oneFile);
    expect(ofJob).toEqual([]);
    expect(totalKB).toBeLessThan(800);
  });

  test("is small until the first call, with the SDK in chunks of their own", async () => {
    const { ofJob, entryKB } = await bundle("server.ts", { format: "esm", splitting: true });
    expect(ofJob).toEqual([]);
    expect(entryKB).toBeLessThan(15);
  });

  test("needs none of the job's packages when packages are external", async () => {
    const { ofJob, external, totalKB } = await bundle("server.ts", nextLike);
    expect(ofJob).toEqual([]);
    expect(external).not.toContain("nodemailer");
    expect(external).toContain("@aws-sdk/client-sqs");
    expect(totalKB).toBeLessThan(80);
  });

  test("would have them if it imported the job", async () => {
    const { ofJob, totalKB } = await bundle("server-with-handler.ts", oneFile);
    expect(ofJob).toContain("jobs/send-email.ts");
    expect(totalKB).toBeGreaterThan(900);
    const { external } = await bundle("server-with-handler.ts", nextLike);
    expect(external).toContain("nodemailer");
  });
});
