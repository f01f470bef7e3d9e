/** Ends the output with one line that any counter can read: "N passed, M failed, K skipped". */
import type { Reporter, TestModule } from "vitest/node"

export default class Count implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    let passed = 0
    let failed = 0
    let skipped = 0
    for (const module of modules) {
      let failures = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === "passed") passed++
        else if (state === "failed") failures++
        else skipped++
      }
      // a file that does not load, or whose hook fails, has failed without a failed test
      failed += failures === 0 && module.state() === "failed" ? 1 : failures
    }
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  }
}
