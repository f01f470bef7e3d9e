/**
 * Who may import what. The first row whose folder holds a file decides for it; what a row does not list is refused.
 * A file of `packages/`, `apps/`, `tooling/` or `examples/` that no row holds is refused too, so a new package gets its row first.
 *
 * An entry is a glob over what is imported: a package as it is written (`effect/http`), a file of the own package as
 * its path from the root. A relative import that leaves its package is refused everywhere, whatever the row says.
 */
export interface Ring {
  readonly folder: string
  readonly may: ReadonlyArray<string>
  /** Refused although `may` lists it. */
  readonly but?: ReadonlyArray<string>
  /** Whether `import(name)` with a name computed at run time is let through: nothing can check it. */
  readonly computed?: true
}

const whole = (name: string): ReadonlyArray<string> => [name, `${name}/**`]

const effect = whole("effect")
const node = ["node:*", "node:*/**"]
const anything = ["**"]
const apps = ["@salesos/app-{http,worker,dev,admin}", "@salesos/app-{http,worker,dev,admin}/**"]

/** `effect`'s modules that read no socket, file, process or clock of their own (`effect/net` reads addresses as text), and the Brazilian formats. */
const pure = [
  "effect",
  "effect/[A-Z]*",
  ...whole("effect/encoding"),
  ...whole("effect/net"),
  ...whole("@brazilian-utils/*")
]
const floor = (name: string): string => `packages/core/src/${name}/**`

export const rings: ReadonlyArray<Ring> = [
  // core: values → models → ports → usecases, and the in-memory adapters that tests use on top
  { folder: "packages/core/src/values", may: [...pure, floor("values")] },
  { folder: "packages/core/src/models", may: [...pure, ...["values", "models"].map(floor)] },
  { folder: "packages/core/src/ports", may: [...pure, ...["values", "models", "ports"].map(floor)] },
  { folder: "packages/core/src/usecases", may: [...pure, ...["values", "models", "ports", "usecases"].map(floor)] },
  { folder: "packages/core/src/testing", may: [...pure, "packages/core/src/**"] },
  { folder: "packages/core/src", may: [...pure, "packages/core/src/**"], but: [floor("testing")] },

  // what client and server share, and the client
  { folder: "packages/api/src", may: [...effect, "packages/api/src/**"] },
  { folder: "packages/client/src", may: [...effect, ...whole("@salesos/api"), "packages/client/src/**"] },

  // adapters
  {
    folder: "packages/store-postgres/src",
    may: [
      ...effect,
      ...whole("@effect/sql-pg"),
      ...node,
      "@node-rs/bcrypt",
      ...whole("@salesos/core"),
      "packages/store-postgres/src/**"
    ],
    computed: true // the embedded server's binaries are a package per platform
  },
  {
    folder: "packages/provider-testkit/src",
    may: [
      ...effect,
      ...node,
      ...whole("@effect/platform-node"),
      "vitest",
      "@effect/vitest",
      ...whole("@salesos/core"),
      "packages/provider-testkit/src/**"
    ]
  },
  {
    // signs with a certificate, speaks mutual TLS and draws a document: each with a library for it
    folder: "packages/provider-nfse/src",
    may: [
      ...effect,
      ...node,
      ...whole("@effect/platform-node"),
      ...whole("libxml2-wasm"),
      "node-forge",
      "xml-crypto",
      "pdfkit",
      "qrcode",
      ...whole("@salesos/core"),
      "packages/provider-nfse/src/**"
    ]
  },
  { folder: "packages/provider-*/src", may: [...effect, ...whole("@salesos/core"), "packages/provider-*/src/**"] },
  // a simulator shares no line with the driver it is there to contradict, and a kit with the other simulators
  {
    folder: "packages/simulator-kit/src",
    may: [
      ...effect,
      ...node,
      ...whole("@effect/platform-node"),
      ...whole("@brazilian-utils/*"),
      "packages/simulator-kit/src/**"
    ]
  },
  {
    folder: "packages/provider-*/simulator",
    may: anything,
    but: ["@salesos/!(simulator-kit)", "@salesos/!(simulator-kit)/**", "packages/*/{src,test}/**"]
  },

  // apps: everything, except one another but for what they share; only dev starts the others in its own process
  { folder: "apps/dev", may: anything, computed: true },
  { folder: "apps/wiring", may: anything, but: ["@salesos/app-*", "@salesos/app-*/**"], computed: true },
  { folder: "apps/*", may: anything, but: apps, computed: true },

  { folder: "packages/*/test", may: anything, but: apps, computed: true },
  { folder: "tooling/*", may: anything, but: apps, computed: true },
  { folder: "examples/*", may: anything, but: apps }
]
