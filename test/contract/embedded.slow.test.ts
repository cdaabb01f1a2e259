import { contractSuite } from "../../shared/testing/contract.ts";
import { onEmbeddedServers } from "./embedded.ts";
import { createStageFixture } from "./stage.ts";

onEmbeddedServers();
contractSuite("on the embedded stack", createStageFixture);
