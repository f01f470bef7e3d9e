/** What a race is: two operations on what there is before, what they may answer, and what holds afterwards. */
import { Cause, Effect, Exit, Predicate } from "effect"
import type { Answer } from "../../usecases/Execution.ts"
import * as Turns from "./Turns.ts"
import {
  findings,
  holding,
  inWorld,
  type Options,
  rest,
  type Services,
  type Stored,
  type Time,
  type World
} from "./World.ts"

/** How an operation ended: by a status or a word, or by the tag of its failure. */
export interface Said {
  readonly as: string
  readonly body: string | null
}

/** What an operation without an answer says. */
export const done: Said = { as: "done", body: null }

export const answered = ({ response }: Answer): Said => ({ as: `${response.status}`, body: response.body })

/** One of the two. */
export interface Operation {
  readonly name: string
  readonly run: (turn: Turns.Turn) => Effect.Effect<Said, unknown, Services>
  /** How it may end. */
  readonly may: ReadonlyArray<string>
}

/** An operation that has no answer. */
export const quietly = (name: string, effect: Effect.Effect<unknown, unknown, Services>): Operation => ({
  name,
  run: () => Effect.as(effect, done),
  may: ["done"]
})

/** The same when the lease of whoever is at it has run out. */
export const afterItsLease = ({ time }: World, operation: Operation): Operation => ({
  ...operation,
  run: (turn) => Effect.andThen(turn.call("the lease runs out", time.pass("3 minutes")), operation.run(turn))
})

/** What is wrong, in words; nothing where a statement is true. */
export const unless = (so: boolean, otherwise: string): ReadonlyArray<string> => (so ? [] : [otherwise])

/** A row of the table. */
export interface Row<S> {
  readonly name: string
  /** What holds besides what the auditor says, in words. */
  readonly holds: string
  readonly options?: Options
  /** Whether it has what the auditor knows nothing of. */
  readonly unaudited?: boolean
  /** What there is before. */
  readonly before: (world: World) => Effect.Effect<S, unknown, Services>
  readonly operations: (world: World, subject: S) => readonly [Operation, Operation]
  /** What is wrong in the end, when all workers have come to rest. */
  readonly laws: (
    world: World,
    subject: S,
    said: readonly [Said, Said]
  ) => Effect.Effect<ReadonlyArray<string>, unknown, Services>
}

/**
 * Which of the two goes first and is held after so many calls, and after how many calls the other one is held; then the first goes to
 * its end, and the other one after it.
 */
export interface Schedule {
  readonly first: 0 | 1
  readonly calls: number
  readonly others: number
}

/** How a race went. */
export interface Run {
  /** The calls that the first one made before it was held, and whether it had ended. */
  readonly first: { readonly calls: number; readonly ended: boolean }
  /** The same of the other one. */
  readonly other: { readonly calls: number; readonly ended: boolean }
  /** What is wrong, in words, with how it went. */
  readonly wrong: ReadonlyArray<string>
}

export interface Race {
  readonly name: string
  readonly holds: string
  /** Runs it in a world of its own. */
  readonly run: (time: Time, schedule: Schedule) => Effect.Effect<Run, unknown, Stored>
}

const saidBy = (exit: Exit.Exit<Said, unknown>): Said => {
  if (Exit.isSuccess(exit)) return exit.value
  const error = Cause.squash(exit.cause)
  const isFailure = !Cause.hasDies(exit.cause) && Predicate.hasProperty(error, "_tag")
  return { as: isFailure ? String(error._tag) : Cause.pretty(exit.cause), body: null }
}

const runIn = <S>(row: Row<S>, time: Time, { calls, first, others }: Schedule) =>
  inWorld(time, row.options ?? {}, (world) =>
    Effect.gen(function* () {
      const subject = yield* row.before(world)
      const operations = row.operations(world, subject)
      const begin = ({ run }: Operation) =>
        Turns.begin((turn) => Effect.map(Effect.exit(Effect.provide(run(turn), holding(turn))), saidBy), time.tick)
      const one = yield* begin(operations[first])
      const other = yield* begin(operations[first === 0 ? 1 : 0])
      const oneEnded = yield* one.upTo(calls)
      const held = { calls: one.calls().length, ended: oneEnded }
      const otherEnded = yield* other.upTo(others)
      const heldOther = { calls: other.calls().length, ended: otherEnded }
      const [saidFirst, saidOther] = [yield* one.toItsEnd, yield* other.toItsEnd]
      const said = first === 0 ? ([saidFirst, saidOther] as const) : ([saidOther, saidFirst] as const)
      const answers = operations.flatMap(({ may, name }, place) =>
        unless(may.includes(said[place]?.as ?? ""), `${name} said ${said[place]?.as}`)
      )
      const underWay = yield* findings(world, "under way")
      yield* rest(world)
      const settled = row.unaudited === true ? [] : yield* findings(world, "settled")
      const inTheEnd = [...settled, ...(yield* row.laws(world, subject, said))]
      const heldAt = `${operations[first].name}: ${one.calls().slice(0, calls).join(", ")} | ${other.calls().slice(0, others).join(", ")}`
      return {
        first: held,
        other: heldOther,
        wrong: [...answers, ...underWay, ...inTheEnd].map((each) => `${each} (${heldAt})`)
      } satisfies Run
    })
  )

/** A race of a row. */
export const of = <S>(row: Row<S>): Race => ({
  name: row.name,
  holds: row.holds,
  run: (time, schedule) => runIn(row, time, schedule)
})
