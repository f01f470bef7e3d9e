/** `pnpm capabilities`: writes the README's capability table anew. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { replaced, root, table } from "./table.ts"

const readme = join(root, "README.md")
writeFileSync(readme, replaced(readFileSync(readme, "utf8"), await Effect.runPromise(table)))
