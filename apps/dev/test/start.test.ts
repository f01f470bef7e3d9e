import { assert, describe, it } from "@effect/vitest"
import { Ports, Servers } from "@salesos/test-servers"
import { Effect, Option } from "effect"
import { execFile } from "node:child_process"
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { randomUUID } from "node:crypto"
import { promisify } from "node:util"
import { asInvoice, client, cpf, invoice, request } from "./support/Api.ts"
import * as Child from "./support/Child.ts"
import { eventually } from "./support/Waiting.ts"

const run = promisify(execFile)

/** A directory for `start`, removed at the end. */
const directory = Effect.acquireRelease(
  Effect.promise(async () => {
    const path = await mkdtemp(join(tmpdir(), "salesos-start-"))
    await chmod(path, 0o755) // as root, the database runs as another user
    return join(path, "data")
  }),
  (path) => Effect.promise(() => rm(join(path, ".."), { recursive: true, force: true }))
)

/** The PostgreSQL processes on data below a path. */
const databases = (path: string) =>
  Effect.promise(async () => {
    const { stdout } = await run("ps", ["-A", "-o", "args="])
    return stdout.split("\n").filter((line) => line.includes("postgres") && line.includes(path))
  })

/** Starts everything and waits until it says that it runs. */
const started = Effect.fnUntraced(function* (env: Readonly<Record<string, string>>) {
  const child = yield* Child.start("start", env)
  yield* eventually(
    "the start",
    Effect.sync(() => (child.hasEnded() ? "ended" : child.output())),
    (output) => output === "ended" || output.includes(" -d '"),
    "60 seconds"
  )
  if (child.hasEnded()) return yield* Effect.die(new Error(child.output()))
  return child
})

const key = "sk_test_0123456789abcdefghij"

const minutes = 120_000

describe("start", () => {
  it.live(
    "answers, prints what a user needs, keeps what was done over a restart, and leaves nothing running",
    () =>
      Effect.gen(function* () {
        const path = yield* directory
        const port = yield* Ports.freePort
        const url = `http://127.0.0.1:${port}`
        const env = { SALESOS_DIRECTORY: path, PORT: `${port}`, SALESOS_DEMO_API_KEY: key }
        const api = client(url, key)
        const first = yield* started(env)
        assert.deepInclude(Option.getOrThrow(yield* request(`${url}/readyz`)), { status: 200 })
        const said = first.output()
        assert.include(said, url)
        assert.include(said, key)
        assert.include(said, `${url}/docs`)
        assert.strictEqual(Option.getOrThrow(yield* request(`${url}/docs`)).status, 200)

        // The command as it is printed.
        const command = /^ *(curl (?:.*\\\n)*.*)$/m.exec(said)?.[1] ?? assert.fail(said)
        const printed = yield* Effect.promise(() => run("sh", ["-c", command]))
        const [issued] = yield* api.invoices
        assert.deepEqual(JSON.parse(printed.stdout), issued)
        assert.deepInclude(issued, { status: "open", confirmed: true, amount: 1010, livemode: false })

        // A second one on the same data, or on the same port, is told what is in its way. The first is not disturbed.
        const other = yield* Ports.freePort
        const [sameData, samePort] = yield* Effect.all(
          [
            Child.run("start", { ...env, PORT: `${other}` }),
            Child.run("start", { ...env, SALESOS_DIRECTORY: `${path}-2` })
          ],
          { concurrency: 2 }
        )
        assert.strictEqual(sameData.code, 1)
        assert.match(sameData.output, /in use/)
        assert.include(sameData.output, path)
        assert.notMatch(sameData.output, / at .*:\d+:\d+/)
        assert.strictEqual(samePort.code, 1)
        assert.match(samePort.output, new RegExp(`^PORT: .*${port}`))
        assert.notMatch(samePort.output, / at .*:\d+:\d+/)

        const kept = Option.getOrThrow(asInvoice(yield* api.create(randomUUID(), invoice(1012))))
        assert.isNotEmpty(yield* databases(path))
        const stopped = yield* first.stop("SIGTERM")
        assert.isNull(stopped.signal)
        assert.isEmpty(yield* databases(path))
        assert.isTrue(Option.isNone(yield* request(`${url}/healthz`)))

        const second = yield* started(env)
        assert.deepEqual(
          (yield* api.invoices).map(({ id }) => id),
          [kept.id, issued?.id]
        )
        for (const id of [kept.id, issued?.id ?? ""]) {
          yield* eventually("the payment", api.get(id), (found) =>
            Option.exists(found, ({ status }) => status === "paid")
          )
        }
        yield* eventually(
          "the webhooks",
          Effect.sync(() => first.output() + second.output()),
          (output) => [kept, issued].every((each) => output.includes(each?.our_number ?? "?"))
        )
        assert.isNull((yield* second.stop("SIGINT")).signal)
        assert.isEmpty(yield* databases(path))

        const state: unknown = JSON.parse(yield* Effect.promise(() => readFile(join(path, "state.json"), "utf8")))
        const secrets = Object.entries(state ?? {}).filter(([name]) => /secret|password|key$|token/i.test(name))
        assert.isAtLeast(secrets.length, 4)
        for (const { output } of [first, second]) {
          for (const [name, value] of secrets) assert.isFalse(output().includes(`${value}`), `${name} is printed`)
          // But for the command that a user is to copy.
          assert.isFalse(output().replace(command, "").includes(cpf), "a tax id is printed")
          assert.isFalse(
            output().replace(command, "").replace(`API key     ${key}`, "").includes(key),
            "the key is logged"
          )
        }
        assert.strictEqual((yield* Effect.promise(() => stat(join(path, "state.json")))).mode & 0o777, 0o600)
      }),
    minutes
  )

  it.live(
    "makes up a key of its own, and takes another one on a later start",
    () =>
      Effect.gen(function* () {
        const path = yield* directory
        const port = yield* Ports.freePort
        const url = `http://127.0.0.1:${port}`
        const env = { SALESOS_DIRECTORY: path, PORT: `${port}` }
        const first = yield* started(env)
        const own = /sk_test_\S{16,}/.exec(first.output())?.[0].replace(/'$/, "") ?? assert.fail(first.output())
        const created = yield* client(url, own).create(randomUUID(), invoice(1098))
        assert.strictEqual(Option.getOrThrow(created).status, 201)
        yield* first.stop("SIGTERM")
        yield* started({ ...env, SALESOS_DEMO_API_KEY: key })
        assert.lengthOf(yield* client(url, key).invoices, 1)
      }),
    minutes
  )

  it.live(
    "whose database's port is taken names the variable that sets it",
    () =>
      Effect.gen(function* () {
        const path = yield* directory
        const port = yield* Servers.listen(createServer())
        const env = { SALESOS_DIRECTORY: path, PORT: `${yield* Ports.freePort}`, SALESOS_PG_PORT: `${port}` }
        const { code, output } = yield* Child.run("start", env)
        assert.strictEqual(code, 1)
        assert.include(output, "SALESOS_PG_PORT")
        assert.include(output, `${port}`)
        assert.isEmpty(yield* databases(path))
      }),
    minutes
  )
})
