/**
 * One clock for all processes: the database's. Leases and due times are its own already; with this, what core reads from `Clock`
 * agrees with them, and with every other process, however wrong the clock of the machine is.
 */
import { Clock, Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"

/** One look at the database's clock, in nanoseconds: what it said since 1970, and this process's monotonic time around the question. */
export interface Look {
  readonly asked: bigint
  readonly said: bigint
  readonly answered: bigint
}

/** What is to be added to monotonic time, by a first look: off by at most half of what the look took. */
export const offsetOf = ({ answered, asked, said }: Look): bigint => said - (asked + answered) / 2n

/**
 * An offset after another look. The database read its clock between question and answer, so the true offset lies between two
 * bounds: what is outside moves to the nearer one, and never away from the truth. A look that took long has wide bounds and says
 * little.
 */
export const corrected = (offset: bigint, { answered, asked, said }: Look): bigint => {
  const [least, most] = [said - answered, said - asked]
  return offset < least ? least : offset > most ? most : offset
}

/** A clock by functions that read nanoseconds; whoever sleeps by it does so by the system's. */
export const reading = (wall: () => bigint, monotonic: () => bigint): Clock.Clock => {
  const millis = () => Number(wall() / 1_000_000n)
  const system = Clock.Clock.defaultValue()
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: wall,
    currentTimeNanos: Effect.sync(wall),
    monotonicTimeNanosUnsafe: monotonic,
    monotonicTimeNanos: Effect.sync(monotonic),
    sleep: (duration) => system.sleep(duration)
  }
}

/** How often the database is looked at: soon enough when another host takes the database over, or this one was asleep. */
const interval = Duration.seconds(5)

/** A correction that is worth a line in the log. */
const remarkable = Duration.toNanosUnsafe(Duration.seconds(1))

/** Says so when the clock jumps: at the start when the machine's own is off, later when the database's was moved. */
const tell = (from: bigint, to: bigint) => {
  const off = from - to
  return off < remarkable && -off < remarkable
    ? Effect.void
    : Effect.logWarning("The clock was off from the database's, and follows it").pipe(
        Effect.annotateLogs({ off_by_seconds: Number(off / 1_000_000n) / 1000 })
      )
}

/**
 * `Clock` as the database has it: this process's monotonic time, which no step of the system's clock moves, and an offset that is
 * looked up at the start and every five seconds. Fails when the database can't be reached at the start; later the last offset stays.
 */
export const layer = Layer.effect(
  Clock.Clock,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const system = Clock.Clock.defaultValue()
    const monotonic = (): bigint => system.monotonicTimeNanosUnsafe()
    let offset = BigInt(system.currentTimeMillisUnsafe()) * 1_000_000n - monotonic()

    const look = Effect.gen(function* () {
      const asked = monotonic()
      const [row] = yield* sql<{ readonly micros: bigint }>`
        select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros`
      const answered = monotonic()
      if (row === undefined) return yield* Effect.die("A select without a table has a row")
      return { asked, said: row.micros * 1000n, answered } satisfies Look
    }).pipe(Effect.withTracerEnabled(false)) // a trace every five seconds would tell nobody anything
    const move = (by: (look: Look) => bigint) =>
      Effect.flatMap(look, (look) => {
        const from = offset
        offset = by(look)
        return tell(from, offset)
      })
    const correct = move((look) => corrected(offset, look))

    yield* move(offsetOf)
    yield* Effect.andThen(correct, correct) // each look makes the bounds narrower
    yield* correct.pipe(Effect.ignoreCause({ log: "Debug" }), Effect.delay(interval), Effect.forever, Effect.forkScoped)
    return reading(() => monotonic() + offset, monotonic)
  })
)
