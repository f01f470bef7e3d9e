/**
 * Checks the published packages as a registry would hand them out: built, packed, linted, then used by a consumer that has
 * the tarballs and what their manifests ask for, nothing else. Needs no network.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { builtWithoutSource, type Manifest, manifest, published, subpaths } from "./packages.ts"

const root = resolve(import.meta.dirname, "../..")
const bin = (folder: string, name: string): string => join(folder, "node_modules/.bin", name)

let failures = 0

/** Runs a step, and says how it ended; what it printed is shown when it failed. */
const step = (what: string, command: string, args: ReadonlyArray<string>, cwd: string): void => {
  const started = performance.now()
  const { error, status, stderr, stdout } = spawnSync(command, args, { cwd, encoding: "utf8" })
  report(what, status === 0 ? [] : [`${stdout}${stderr}${error?.message ?? ""}`], started)
}

const report = (what: string, problems: ReadonlyArray<string>, started: number): void => {
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${problems.length === 0 ? "ok    " : "FAILED"} ${what} (${seconds} s)`)
  for (const problem of problems) console.log(problem)
  failures += problems.length
}

/** Lays a package out as pnpm does: beside it lie the dependencies and peers of its manifest, and no others. */
const installed = (name: string, tarball: string, store: string): Manifest => {
  const home = join(store, name, "node_modules")
  const folder = join(home, name)
  mkdirSync(folder, { recursive: true })
  step(`unpack ${name}`, "tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"], root)
  const packed = manifest(folder)
  for (const dependency of Object.keys({ ...packed.dependencies, ...packed.peerDependencies }))
    link(
      published.some((each) => each.name === dependency)
        ? join(store, dependency, "node_modules", dependency)
        : join(root, "packages", name.replace("@salesos/", ""), "node_modules", dependency),
      join(home, dependency)
    )
  return packed
}

const link = (target: string, path: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

const compiler = (more: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    compilerOptions: {
      target: "ES2024",
      lib: ["ES2024", "DOM"],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      declaration: true,
      ...more
    },
    files: ["main.ts", "declared.ts"]
  })

const work = mkdtempSync(join(tmpdir(), "salesos-publishing-"))
try {
  const folders = published.map(({ folder }) => folder)
  step("build", bin(root, "tsc"), ["-b", ...folders], root)
  for (const { folder, name } of published)
    report(`nothing stale in ${name}`, builtWithoutSource(folder), performance.now())

  const tarballs = new Map<string, string>()
  for (const { folder, name } of published) {
    const out = join(work, "tarballs")
    step(`pack ${name}`, "pnpm", ["pack", "--pack-destination", out], folder)
    const { version } = manifest(folder)
    tarballs.set(name, join(out, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`))
  }

  const store = join(work, "store")
  for (const { folder, name } of published) {
    const tarball = tarballs.get(name) ?? ""
    step(`publint ${name}`, bin(import.meta.dirname, "publint"), [tarball, "--strict"], root)
    const also = subpaths(folder, manifest(folder).publishConfig.exports).map((path) => path.replace("./", ""))
    // it leaves out what a pattern opens, unless it is told
    const attw = [tarball, "--profile", "esm-only", "--format", "ascii", "--entrypoints", ".", ...also]
    step(`attw ${name}, ${also.length + 1} entry points`, bin(import.meta.dirname, "attw"), attw, root)
    installed(name, tarball, store)
  }

  const consumer = join(work, "consumer")
  cpSync(join(import.meta.dirname, "consumer"), consumer, { recursive: true })
  writeFileSync(join(consumer, "package.json"), `{ "private": true, "type": "module" }`)
  for (const { name } of published) link(join(store, name, "node_modules", name), join(consumer, "node_modules", name))
  link(join(root, "node_modules/effect"), join(consumer, "node_modules/effect"))
  link(join(root, "node_modules/@types"), join(consumer, "node_modules/@types"))
  // the first checks every declaration that it reads; the second reads the same ones
  writeFileSync(join(consumer, "tsconfig.json"), compiler({ module: "NodeNext", outDir: "dist" }))
  writeFileSync(
    join(consumer, "tsconfig.bundler.json"),
    compiler({ module: "ESNext", moduleResolution: "bundler", skipLibCheck: true, outDir: "bundled" })
  )
  step("consumer: types, NodeNext, and of every declaration", bin(root, "tsc"), ["-p", "."], consumer)
  step("consumer: types, bundler", bin(root, "tsc"), ["-p", "tsconfig.bundler.json"], consumer)
  step("consumer: run", process.execPath, ["dist/main.js"], consumer)
} finally {
  rmSync(work, { recursive: true, force: true })
}
if (failures > 0) process.exitCode = 1
