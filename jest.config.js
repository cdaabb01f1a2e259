// Default exports are what Jest reads its configuration from; everywhere else the project exports by name.
const swc = [
  "@swc/jest",
  {
    swcrc: false,
    jsc: { target: "es2024", parser: { syntax: "typescript" } },
    module: { type: "es6" },
    sourceMaps: "inline",
  },
];

// biome-ignore lint/style/noDefaultExport: Jest takes its configuration from the default export
export default {
  roots: ["<rootDir>/test", "<rootDir>/shared", "<rootDir>/jobs", "<rootDir>/functions"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": swc },
  testEnvironment: "node",
  // Tests wait on conditions, so this only bounds how long a broken one hangs on a busy machine.
  testTimeout: 30_000,
};
