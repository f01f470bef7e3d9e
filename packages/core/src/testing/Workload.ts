/**
 * A workload: thousands of things that clients, payers, providers, notifications, workers and dying processes do, in an order that
 * comes of a seed. After each the auditor looks, and in the end, when everybody has heard everything, all books must agree.
 *
 * It takes any store: `run` needs the ports to it, and a `World` with its owners and clock.
 */
import { Duration, Effect } from "effect"
import * as Auditor from "./Auditor.ts"
import * as Clients from "./workload/Clients.ts"
import { notify, perform, work } from "./workload/perform.ts"
import * as AtProviders from "./workload/providers.ts"
import { type Running, send } from "./workload/requests.ts"
import type { Step } from "./workload/steps.ts"
import type { World } from "./workload/World.ts"

export { generate, type Step } from "./workload/steps.ts"
export { open, openProviders, type Time, type World } from "./workload/World.ts"
export type { Services } from "./workload/perform.ts"

/** What is wrong, and after which step; `step` is null where it was found in the end. */
export interface Failure {
  readonly at: number
  readonly step: Step | null
  readonly findings: ReadonlyArray<string>
}

/** Looks at an owner's store, its providers and what it was told. */
const look = Effect.fnUntraced(function* (running: Running, owner: number, moment: Auditor.Moment) {
  const found = yield* Auditor.facts(running.clients[owner]!.owner, running.providers)
  return [...Auditor.audit(found, moment), ...Clients.audit(running.heard[owner]!, found)]
})

const lookAtAll = (running: Running, moment: Auditor.Moment) =>
  Effect.map(
    Effect.forEach(running.clients, (_, owner) => look(running, owner, moment)),
    (findings) => findings.flat()
  )

/** Every how many steps all owners are looked at; after the others only who the step was about. */
const interval = 40

/** Sends what a key was sent with once more. */
const sendAgain = (running: Running, owner: number, reference: string) => {
  const { key, of } = Clients.partsOf(reference)
  return send(running, of, owner, key)
}

/** Lets every key in, tells everybody everything, and gives time for it to be looked at. */
const comeToRest = Effect.fnUntraced(function* (running: Running) {
  const { clients, heard, time } = running
  for (const [owner, { keys }] of heard.entries()) {
    for (const reference of keys.keys()) {
      for (let tries = 0; tries < 40 && keys.get(reference) === null; tries++) {
        const findings = yield* sendAgain(running, owner, reference)
        if (findings.length > 0) return findings
        yield* time.pass(Duration.seconds(30))
      }
      if (keys.get(reference) === null) return [`${reference} is never let in`]
    }
  }
  const [charges, transfers] = [yield* AtProviders.chargesOf(running), yield* AtProviders.transfersOf(running)]
  for (const { id, provider } of charges) yield* provider.tellFee(id, 77)
  for (const { id, provider } of transfers) yield* provider.tellFee(id, 77)
  for (const owner of clients.keys()) {
    const idsOf = (all: ReadonlyArray<{ readonly id: string }>) => all.map(({ id }) => id)
    yield* notify(running, owner, "the last", idsOf(charges), idsOf(transfers))
  }
  // Doubts are looked at ever more rarely, and are over when the last misses count.
  for (const step of [Duration.minutes(1), Duration.hours(1), Duration.days(1)]) {
    for (let rounds = 0; rounds < 12; rounds++) {
      yield* time.pass(step)
      while ((yield* time.patiently(work)) > 0);
    }
  }
  const findings = yield* lookAtAll(running, "settled")
  if (findings.length > 0) return findings
  for (const [owner, { keys }] of heard.entries()) {
    for (const reference of keys.keys()) {
      const replayed = yield* sendAgain(running, owner, reference)
      if (replayed.length > 0) return replayed
    }
  }
  return []
})

/** Carries steps out in a world; the first thing that is wrong, or undefined. */
export const run = Effect.fnUntraced(function* (world: World, steps: ReadonlyArray<Step>) {
  const running: Running = {
    ...world,
    heard: world.clients.map(() => ({ keys: new Map(), canceled: new Set() }))
  }
  for (const [at, step] of steps.entries()) {
    const found = yield* perform(running, step)
    const isTurn = at % interval === interval - 1
    const looked = isTurn
      ? yield* lookAtAll(running, "under way")
      : "owner" in step
        ? yield* look(running, step.owner, "under way")
        : []
    const findings = [...found, ...looked]
    if (findings.length > 0) return { at, step, findings } satisfies Failure
  }
  const findings = yield* comeToRest(running)
  return findings.length > 0 ? ({ at: steps.length, step: null, findings } satisfies Failure) : undefined
})

/**
 * Fewer steps that still fail: leaves out halves, then quarters, and so on down to single ones, as often as `patience` lets it.
 * `fails` carries steps out in a world of their own.
 */
export const shrink = Effect.fnUntraced(function* <E, R>(
  failing: ReadonlyArray<Step>,
  fails: (steps: ReadonlyArray<Step>) => Effect.Effect<boolean, E, R>,
  patience = 200
) {
  let steps = failing
  let left = patience
  for (let size = Math.ceil(steps.length / 2); size >= 1 && left > 0;) {
    let smaller: ReadonlyArray<Step> | undefined
    for (let from = 0; from < steps.length && left > 0 && smaller === undefined; from += size) {
      const without = [...steps.slice(0, from), ...steps.slice(from + size)]
      left--
      if (yield* fails(without)) smaller = without
    }
    if (smaller !== undefined) steps = smaller
    if (smaller === undefined && size === 1) break
    if (smaller === undefined || size > steps.length) size = Math.max(1, Math.floor(Math.min(size, steps.length) / 2))
  }
  return steps
})
