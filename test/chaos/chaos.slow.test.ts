import { jest } from "@jest/globals";
import { useSharedSetup } from "./shared-setup.ts";
import { crashMatrix } from "./suites/crash-matrix.ts";
import { doubledEvents } from "./suites/doubled.ts";
import { failingHandlers } from "./suites/failing-handlers.ts";
import { lostReplies } from "./suites/lost-replies.ts";

/**
 * Runs the deployed bundles, with a fault proxy between them and the servers, and kills, disconnects, duplicates and
 * freezes them. One file, so that all suites share the servers and the processes.
 */
jest.setTimeout(300_000);

const setup = useSharedSetup();
crashMatrix(setup);
lostReplies(setup);
doubledEvents(setup);
failingHandlers(setup);
