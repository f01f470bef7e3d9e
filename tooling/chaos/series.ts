/**
 * Many schedules in a row, each for tenants of its own. Worlds are made anew after some, so that none grows old: what was there before
 * must not slow a schedule down, and what it leaves must not hide in a crowd.
 */
import { Effect } from "effect"
import { rmSync } from "node:fs"
import { join } from "node:path"
import * as Audit from "./audit.ts"
import type { Pace } from "./pace.ts"
import * as Round from "./round.ts"
import { countsOf } from "./run.ts"
import * as World from "./world.ts"

export interface Options {
  /** Of the first schedule; the others have the numbers that follow. */
  readonly seed: number
  readonly schedules: number
  readonly pace: Pace
  readonly tenants: number
  readonly clients: number
  /** Where logs and data are kept; those of worlds in which nothing was wrong are deleted. */
  readonly directory: string
  /** Told of each schedule when it is over. */
  readonly onRound: (round: Round.Round) => Effect.Effect<void>
}

export interface Result {
  /** The schedules that were played. The last has findings where one has: a series ends with it. */
  readonly rounds: ReadonlyArray<Round.Round>
  readonly counts: Readonly<Record<string, number>>
  /** Where to look when something was found. */
  readonly logs: string
  readonly database: string
}

/** How many schedules a world lasts. */
const perWorld = 20

/** Plays schedules in one world, up to the first with findings. */
const inOneWorld = Effect.fnUntraced(function* (
  { clients, onRound, pace, tenants }: Options,
  seeds: ReadonlyArray<number>,
  directory: string
) {
  const world = yield* World.make(pace, tenants * seeds.length, directory)
  const rounds: Array<Round.Round> = []
  for (const [place, seed] of seeds.entries()) {
    const own = { ...world, tenants: world.tenants.slice(place * tenants, (place + 1) * tenants) }
    const played = yield* Effect.provideContext(Round.play(own, { seed, clients }), world.context)
    const isLast = place === seeds.length - 1 || played.findings.length > 0
    const round = isLast ? { ...played, findings: [...played.findings, ...(yield* Audit.leftBehind(world))] } : played
    rounds.push(round)
    yield* onRound(round)
    if (round.findings.length > 0) break
  }
  return { rounds, counts: yield* countsOf(world), logs: world.logs, database: world.database.directory }
}, Effect.scoped)

const added = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> => {
  const sums = { ...a }
  for (const [name, count] of Object.entries(b)) sums[name] = (sums[name] ?? 0) + count
  return sums
}

export const play = Effect.fnUntraced(function* (options: Options) {
  const last = options.seed + options.schedules
  let result: Result = { rounds: [], counts: {}, logs: "", database: "" }
  for (let seed = options.seed; seed < last; seed += perWorld) {
    const seeds = Array.from({ length: Math.min(perWorld, last - seed) }, (_, place) => seed + place)
    const directory = join(options.directory, `${seed}`)
    const played = yield* inOneWorld(options, seeds, directory)
    result = {
      ...played,
      rounds: [...result.rounds, ...played.rounds],
      counts: [...played.rounds.map(({ counts }) => counts), played.counts].reduce(added, result.counts)
    }
    if (played.rounds.some(({ findings }) => findings.length > 0)) break
    for (const each of [directory, played.database]) rmSync(each, { recursive: true, force: true })
  }
  return result
})
