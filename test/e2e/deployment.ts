import { deploy } from "../../localstack/endpoint/deploy.ts";
import type { Project } from "../../localstack/endpoint/project.ts";
import { connect, type Pipeline } from "./pipeline.ts";

/** A project and its deployed pipeline. */
export interface Deployment {
  readonly project: Project;
  readonly pipeline: Pipeline;
  remove(): Promise<void>;
}

/** Returns the deployment while tests run. */
export type GetDeployment = () => Deployment;

/** @param outlivesTests whether the endpoint keeps running, so that the stage must be destroyed at the end */
export const createDeployment = async (url: string, outlivesTests: boolean): Promise<Deployment> => {
  const { project, remove, ...deployed } = await deploy({ url, outlivesTests, jobs });
  return { project, remove, pipeline: connect(deployed) };
};

const jobs = {
  index: 'export * from "../test/e2e/jobs/index.ts";\n',
  schedules: 'export * from "../test/e2e/jobs/schedules.ts";\n',
  from: "test/e2e/jobs",
};
