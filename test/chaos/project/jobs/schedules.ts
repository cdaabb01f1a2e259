import { schedulesAround } from "../schedules-around.ts";

export const schedules = schedulesAround(() => {
  const { CHAOS_EPOCH = "0" } = process.env;
  return Number(CHAOS_EPOCH);
});
