/** The tests that a mutant has to get past, as `main.ts` names them. */
import { defineConfig } from "vitest/config"

export default defineConfig({
  root: process.cwd(),
  test: { include: JSON.parse(process.env["MUTATION_TESTS"] ?? "[]") }
})
