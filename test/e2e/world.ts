import { deploy } from "../../localstack/endpoint/deploy.ts";
import type { Project } from "../../localstack/endpoint/project.ts";
import { connect, type Pipeline } from "./pipeline.ts";

/** The project and what was deployed of it. */
export interface World {
  readonly project: Project;
  readonly pipeline: Pipeline;
  remove(): Promise<void>;
}

/** Reads the world while tests run. */
export type GetWorld = () => World;

/** @param outlivesUs whether the endpoint goes on without us, so that the stage must be taken off it in the end */
export const createWorld = async (url: string, outlivesUs: boolean): Promise<World> => {
  const { project, remove, ...deployed } = await deploy({ url, outlivesTests: outlivesUs, jobs });
  return { project, remove, pipeline: connect(deployed) };
};

const jobs = {
  index: 'export * from "../test/e2e/jobs/index.ts";\n',
  schedules: 'export * from "../test/e2e/jobs/schedules.ts";\n',
  from: "test/e2e/jobs",
};
