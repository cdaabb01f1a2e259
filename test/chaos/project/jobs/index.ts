import { act } from "./act.ts";
import { beat } from "./beat.ts";
import { ill } from "./ill.ts";

export const jobs = [act, beat, ill];
