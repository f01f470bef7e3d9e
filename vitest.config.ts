import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["{packages,apps,tooling,examples}/*/test/**/*.test.ts"],
    isolate: false, // importing effect costs 0.2–0.3 s per file otherwise
    maxWorkers: 2, // the default on two cores is one
    testTimeout: 60_000, // a machine with other work to do is no failure
    hookTimeout: 60_000,
    reporters: process.env["CI"] ? ["default", "./tooling/vitest/count.ts"] : ["default"]
  }
})
