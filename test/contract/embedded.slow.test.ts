import { contractSuite } from "../../shared/testing/contract.ts";
import { onEmbeddedServers } from "./embedded.ts";
import { stageOutside } from "./stage.ts";

onEmbeddedServers();
contractSuite("on the embedded stack", stageOutside);
