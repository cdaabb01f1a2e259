import type { IdleShape } from "./idle-shape.ts";

/**
 * The stages of infra/stages.ts as the CLI knows them, which has no templates to read. Written by
 * `npm run cost -- --write`; a test holds it against the templates.
 */
export const idleShapes: Readonly<Record<string, IdleShape>> = {
  dev: {
    alarmMetrics: 13,
    customMetrics: 1,
    mappings: 4,
    tickMemoryMb: [512, 512],
    keys: 0,
  },
  prod: {
    alarmMetrics: 23,
    customMetrics: 1,
    mappings: 4,
    tickMemoryMb: [1024, 1024],
    keys: 1,
  },
};
