import { assert, describe, it } from "@effect/vitest"
import { Client, DatabaseClock, Migrations } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { MovableClock } from "@salesos/store-postgres/testing"
import { Servers } from "@salesos/test-servers"
import { Clock, Context, Effect, Layer, Logger, Redacted, References, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { connect, createServer, type Socket } from "node:net"

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
const tenSeconds = 10_000_000_000

/** A look, in nanoseconds; the true offset; and one that was believed, which is so far from it. */
const cases = {
  ahead: upTo(Number.MAX_SAFE_INTEGER),
  asked: upTo(Number.MAX_SAFE_INTEGER),
  there: upTo(tenSeconds),
  back: upTo(tenSeconds),
  wrong: Schema.Int.check(Schema.isBetween({ minimum: -2 * tenSeconds, maximum: 2 * tenSeconds }))
}
type Case = { readonly [name in keyof typeof cases]: number }

const of = ({ ahead, asked, back, there, wrong }: Case) => ({
  truth: BigInt(ahead),
  believed: BigInt(ahead) + BigInt(wrong),
  look: {
    asked: BigInt(asked),
    said: BigInt(asked) + BigInt(there) + BigInt(ahead),
    answered: BigInt(asked) + BigInt(there) + BigInt(back)
  },
  took: BigInt(there) + BigInt(back)
})

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a)

describe("the offset from the database's clock", () => {
  it.prop("is off by at most half of what the first look took", cases, (each) => {
    const { look, took, truth } = of(each)
    assert.isTrue(2n * distance(DatabaseClock.offsetOf(look), truth) <= took + 1n) // half a nanosecond is rounded away
  })

  it.prop("is never worse after another look, and off by at most what that took", cases, (each) => {
    const { believed, look, took, truth } = of(each)
    const error = distance(DatabaseClock.corrected(believed, look), truth)
    assert.isTrue(error <= distance(believed, truth))
    assert.isTrue(error <= took)
  })

  it.prop("moves only as far as a look proves that it must", cases, (each) => {
    const { believed, look } = of(each)
    const after = DatabaseClock.corrected(believed, look)
    const allows = (offset: bigint) => look.asked + offset <= look.said && look.said <= look.answered + offset
    assert.isTrue(allows(after))
    if (allows(believed)) assert.strictEqual(after, believed)
    else assert.isFalse(allows(after < believed ? after + 1n : after - 1n))
  })
})

/** Nobody may connect to a database, and whoever has is sent away; or all is well again. */
const closed = (url: string, isClosed: boolean) => {
  const elsewhere = new URL(url)
  const name = elsewhere.pathname.slice(1)
  elsewhere.pathname = "postgres"
  return Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(`alter database ${name} allow_connections ${!isClosed}`)
    if (isClosed) yield* sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gateway'`
  }).pipe(
    Effect.provide(
      Client.layer({ url: Redacted.make(elsewhere.href), applicationName: "administrator", maxConnections: 1 })
    )
  )
}

/** The way to a database. What is sent on a quiet one does not arrive, and nobody is told. */
const way = Effect.fnUntraced(function* (url: string) {
  const { hostname, port } = new URL(url)
  const open = new Map<Socket, Socket>()
  const server = createServer((from) => {
    const to = connect(Number(port), hostname).on("error", () => from.destroy())
    open.set(from, to)
    from.on("error", () => to.destroy()).pipe(to)
    to.pipe(from)
  })
  const own = yield* Servers.listen(server)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const [from, to] of open) [from, to].forEach((socket) => socket.destroy())
    })
  )
  return {
    url: url.replace(`:${port}/`, `:${own}/`),
    quiet: Effect.sync(() => open.forEach((to, from) => from.unpipe(to))),
    whole: Effect.sync(() => open.forEach((to, from) => from.pipe(to)))
  }
})

/** A database whose clock can be moved, and a process of a gateway beside it. Time passes for that one by `TestClock`. */
const world = Effect.gen(function* () {
  const { url } = yield* TestDatabase.make(Migrations.migrate)
  const client = (applicationName: string, address = url) =>
    Client.layer({ url: Redacted.make(address), applicationName, maxConnections: 1 })
  yield* Effect.provide(MovableClock.prepare, client("test"))
  const sql = Context.get(yield* Layer.build(client("operator")), SqlClient.SqlClient)
  const log: Array<string> = []
  const network = yield* way(url)
  const starting = (layer: typeof DatabaseClock.layer) =>
    layer.pipe(
      Layer.provide(client("gateway", network.url)),
      Layer.provide(Logger.layer([Logger.make(({ logLevel, message }) => log.push(`${logLevel} ${String(message)}`))])),
      Layer.build,
      Effect.provideService(References.MinimumLogLevel, "Debug"),
      Effect.map((context) => Context.get(context, Clock.Clock))
    )
  const theirs = Effect.map(
    sql<{ readonly millis: bigint }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as millis`,
    ([row]) => Number(row?.millis)
  )
  return {
    start: starting(DatabaseClock.layer),
    /** The same on a machine with other clocks. */
    startOn: (machine: Parameters<typeof DatabaseClock.layerOf>[0]) => starting(DatabaseClock.layerOf(machine)),
    log,
    network,
    close: closed(url, true),
    open: closed(url, false),
    /** Moves the database's clock to so many seconds from the machine's. */
    move: (seconds: number) => Effect.asVoid(sql`update moved.clock set seconds = ${seconds}`),
    /** Whether a clock shows what the database's does, but for the seconds that a look may take on a busy machine. */
    agrees: Effect.fnUntraced(function* (clock: Clock.Clock) {
      const [before, ours, after] = [yield* theirs, clock.currentTimeMillisUnsafe(), yield* theirs]
      return before - 2000 <= ours && ours <= after + 2000
    }),
    /** Asks the database, which takes its time, until something is so. */
    until: (so: () => boolean) => Effect.repeat(theirs, { until: so })
  }
})

const minute = 60

describe("a process", () => {
  it.effect.each([-10 * minute, 0, 10 * minute, 400 * 24 * 60 * minute])(
    "whose machine is %i seconds behind shows the database's time from its start",
    (seconds) =>
      Effect.gen(function* () {
        const { agrees, log, move, start } = yield* world
        yield* move(seconds)
        const clock = yield* start
        assert.isTrue(yield* agrees(clock))
        // A first look that takes long is a second off as well; the right clock of a machine never is by minutes.
        if (seconds !== 0)
          assert.lengthOf(
            log.filter((line) => line.startsWith("Warn")),
            1
          )
      })
  )

  it.effect("follows when the database's clock is moved, ahead and back", () =>
    Effect.gen(function* () {
      const { agrees, log, move, start, until } = yield* world
      const clock = yield* start
      for (const [place, seconds] of [10 * minute, -10 * minute].entries()) {
        yield* move(seconds)
        assert.isFalse(yield* agrees(clock))
        yield* TestClock.adjust("5 seconds")
        yield* until(() => log.length > place)
        assert.isTrue(yield* agrees(clock))
      }
    })
  )

  it.effect("goes on by what it knows while the database can't be reached, and looks again", () =>
    Effect.gen(function* () {
      const { agrees, close, log, move, open, start, until } = yield* world
      const clock = yield* start
      yield* close
      for (const failures of [1, 2]) {
        yield* TestClock.adjust("5 seconds")
        yield* until(() => log.length === failures)
        assert.isTrue(yield* agrees(clock))
      }
      assert.isTrue(log.every((line) => line.startsWith("Debug")))
      yield* move(10 * minute)
      yield* open
      yield* TestClock.adjust("5 seconds")
      yield* until(() => log.some((line) => line.startsWith("Warn")))
      assert.isTrue(yield* agrees(clock))
    })
  )

  it.effect("does not start with a time of its own when the database can't be reached", () =>
    Effect.gen(function* () {
      const { close, open, start } = yield* world
      yield* close
      assert.strictEqual((yield* Effect.flip(start))._tag, "SqlError")
      yield* open
      yield* start
    })
  )

  it.effect("does not notice when the machine's clock is set while it runs", () =>
    Effect.gen(function* () {
      const { agrees, start } = yield* world
      const clock = yield* start
      const system = Date.now
      yield* Effect.acquireRelease(
        Effect.sync(() => (Date.now = () => system() + 10 * minute * 1000)),
        () => Effect.sync(() => (Date.now = system))
      )
      assert.isTrue(yield* agrees(clock))
    })
  )

  it.effect("looks at once when its machine was asleep, and monotonic time stood still", () =>
    Effect.gen(function* () {
      const { agrees, log, startOn, until } = yield* world
      const system = Clock.Clock.defaultValue()
      let asleep = 0n
      const clock = yield* startOn({
        currentTimeMillisUnsafe: () => system.currentTimeMillisUnsafe(),
        monotonicTimeNanosUnsafe: () => system.monotonicTimeNanosUnsafe() - asleep
      })
      const before = log.length
      asleep = BigInt(10 * minute) * 1_000_000_000n
      assert.isFalse(yield* agrees(clock))
      yield* until(() => log.length > before)
      assert.isTrue(yield* agrees(clock))
    })
  )

  it.effect("gives up a look that nobody answers, and looks again", () =>
    Effect.gen(function* () {
      const { agrees, log, move, network, start, until } = yield* world
      const clock = yield* start
      const before = log.length
      yield* network.quiet
      for (const failures of [1, 2]) {
        yield* TestClock.adjust("5 seconds")
        yield* TestClock.adjust("5 seconds")
        yield* until(() => log.length === before + failures)
        assert.isTrue(yield* agrees(clock))
      }
      yield* move(10 * minute)
      yield* network.whole
      yield* TestClock.adjust("5 seconds")
      yield* until(() => log.some((line) => line.startsWith("Warn")))
      assert.isTrue(yield* agrees(clock))
    })
  )
})
