import { contractSuite } from "../../shared/testing/contract.ts";
import { createMemory } from "../../shared/testing/memory.ts";

contractSuite("in memory", async () => {
  const memory = createMemory();
  return {
    ports: memory.ports,
    receive: async (lane) => memory.receive(lane),
    advance: (ms) => memory.clock.advance(ms),
    close: async () => {},
  };
});
