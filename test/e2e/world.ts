import { checkIsFree, connect, type Deployed } from "./deployed.ts";
import { createProject, type Project } from "./project.ts";

/** The project and what was deployed of it. */
export interface World {
  readonly project: Project;
  readonly pipeline: Deployed;
  remove(): Promise<void>;
}

/** Reads the world while tests run. */
export type TheWorld = () => World;

/** @param outlivesUs whether the endpoint goes on without us, so that the stage must be taken off it in the end */
export const createWorld = async (url: string, outlivesUs: boolean): Promise<World> => {
  await checkIsFree(url);
  const project = await createProject(url);
  const remove = async (): Promise<void> => {
    if (outlivesUs) await project.destroy();
    await project.remove();
  };
  try {
    await project.bootstrap();
    await project.deploy();
    const pipeline = await connect(url);
    return { project, pipeline, remove: () => remove().finally(pipeline.close) };
  } catch (problem) {
    await remove();
    throw problem;
  }
};
