/**
 * One clock for all processes: the database's. Leases and due times are its own already; with this, what core reads from `Clock`
 * agrees with them, and with every other process, however wrong the clock of the machine is.
 */
import { Clock, Duration, Effect, Latch, Layer } from "effect"
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

/** How often the database is looked at: soon enough when another host takes the database over. A look that takes longer is given up. */
const interval = Duration.seconds(5)

/** A correction that is worth a line in the log, and a step of the system's clock that is worth a look. */
const remarkable = Duration.toNanosUnsafe(Duration.seconds(1))

const isRemarkable = (off: bigint): boolean => off >= remarkable || -off >= remarkable

/** Says so when the clock jumps: at the start when the machine's own is off, later when the database's was moved. */
const tell = (from: bigint, to: bigint) => {
  const off = from - to
  return !isRemarkable(off)
    ? Effect.void
    : Effect.logWarning("The clock was off from the database's, and follows it").pipe(
        Effect.annotateLogs({ off_by_seconds: Number(off / 1_000_000n) / 1000 })
      )
}

/**
 * `Clock` as the database has it, by the clocks of a machine: its monotonic time, which no step of its wall clock moves, and an offset
 * that is looked up at the start and every five seconds; and at once where a read finds that the wall clock has moved against monotonic
 * time, which stands still while a machine is asleep. Fails when the database can't be reached at the start; later the last offset stays.
 */
export const layerOf = (machine: Pick<Clock.Clock, "currentTimeMillisUnsafe" | "monotonicTimeNanosUnsafe">) =>
  Layer.effect(
    Clock.Clock,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const monotonic = (): bigint => machine.monotonicTimeNanosUnsafe()
      const ahead = (): bigint => BigInt(machine.currentTimeMillisUnsafe()) * 1_000_000n - monotonic()
      let offset = ahead()
      let aheadAtLook = offset
      const moved = Latch.makeUnsafe()

      const look = Effect.gen(function* () {
        aheadAtLook = ahead()
        moved.closeUnsafe()
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
      yield* Effect.sleep(interval).pipe(
        Effect.raceFirst(moved.await),
        // A connection whose other end is gone says nothing for a quarter of an hour.
        Effect.andThen(Effect.timeout(correct, interval)),
        Effect.ignoreCause({ log: "Debug" }),
        Effect.forever,
        Effect.forkScoped
      )
      const wall = (): bigint => {
        if (isRemarkable(ahead() - aheadAtLook)) moved.openUnsafe()
        return monotonic() + offset
      }
      return reading(wall, monotonic)
    })
  )

/** {@link layerOf} this machine's clocks. */
export const layer = layerOf(Clock.Clock.defaultValue())
