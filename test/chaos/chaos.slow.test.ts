import { jest } from "@jest/globals";
import { useSharedSetup } from "./shared-setup.ts";
import { crashMatrix } from "./suites/crash-matrix.ts";
import { doubledEvents } from "./suites/doubled.ts";
import { failingHandlers } from "./suites/failing-handlers.ts";
import { lostReplies } from "./suites/lost-replies.ts";

/**
 * The functions that deploy, with the SDK inside and a fault proxy between them and the servers, killed, cut off,
 * doubled, frozen and ill-treated. One file, so that all suites share the servers and the processes.
 */
jest.setTimeout(300_000);

const ground = useSharedSetup();
crashMatrix(ground);
lostReplies(ground);
doubledEvents(ground);
failingHandlers(ground);
