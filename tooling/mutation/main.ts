/**
 * `pnpm mutation FILE...`: changes the code, one place at a time, and says which changes no test notices.
 *
 * Not part of CI: a mutant costs a run of every test that reaches its line.
 */
import { Stryker } from "@stryker-mutator/core"
import { existsSync } from "node:fs"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"

const usage = `pnpm mutation FILE... [--tests GLOB]... [--concurrency N]

  FILE           to mutate: packages/core/src/values/Money.ts, or Money.ts:10-40 for some of its lines
  --tests        that a mutant has to get past, again and again for more; otherwise each file's own,
                 packages/core/test/values/Money.test.ts
  --concurrency  of test processes; otherwise one for each core`

const { positionals: files, values } = parseArgs({
  allowPositionals: true,
  options: {
    tests: { type: "string", multiple: true, default: [] },
    concurrency: { type: "string", default: String(availableParallelism()) },
    help: { type: "boolean", default: false }
  }
})

const testOf = (file: string): string =>
  file
    .replace(/:[\d-]+$/, "")
    .replace("/src/", "/test/")
    .replace(/\.ts$/, ".test.ts")

const tests = values.tests.length > 0 ? values.tests : files.map(testOf)
const missing = values.tests.length > 0 ? [] : tests.filter((test) => !existsSync(test))

if (values.help || files.length === 0 || missing.length > 0) {
  if (missing.length > 0) console.error(`There is no ${missing.join(", no ")}: say which tests with --tests\n`)
  console.error(usage)
  process.exit(values.help ? 0 : 1)
}

// Read by vitest.config.ts in every test process.
process.env["MUTATION_TESTS"] = JSON.stringify(tests)

await new Stryker({
  mutate: files,
  testRunner: "vitest",
  vitest: { configFile: "tooling/mutation/vitest.config.ts", related: false },
  plugins: ["@stryker-mutator/vitest-runner", "./ignore.ts"].map((plugin) => import.meta.resolve(plugin)),
  ignorers: ["words"],
  coverageAnalysis: "perTest",
  concurrency: Number(values.concurrency),
  // The copy that is mutated: packages only, as whatever else a test needs lies in node_modules, which is linked.
  ignorePatterns: ["**", "!packages/*/{src,test,simulator}/**", "!packages/*/package.json", "!tooling/mutation/*.ts"],
  tsconfigFile: "none.json", // rewriting one needs TypeScript's API, which version 7 has not
  tempDirName: ".stryker-tmp",
  reporters: ["clear-text"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false }
}).runMutationTest()
