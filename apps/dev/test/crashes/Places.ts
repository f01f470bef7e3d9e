/**
 * Where a process may die: before a call of a port or a driver, and after it, when its effect has happened and its answer is
 * lost. A place is found by watching the calls as they are made, so that a step that is added tomorrow is a place tomorrow.
 */
import { Effect, Option, Stream } from "effect"

/**
 * Whoever looks for work is at no step of it before there is any; and what is forgotten when it is old is no part of a flow. A
 * look for work is therefore a place only afterwards, and only where it found some.
 */
const looksForWork = (method: string): boolean => method.startsWith("take")
const isHousekeeping = (method: string): boolean => method === "purge" || method === "expire"

const isNothing = (found: unknown): boolean =>
  (Array.isArray(found) && found.length === 0) || (Option.isOption(found) && Option.isNone(found))

/** Hands a port on, and passes a place before and after each of its calls. */
export const make = (pass: (place: string) => void) => {
  const calls = new Map<string, number>()
  /** Calls of one name are told apart by their number; the first one has none. */
  const numbered = (name: string): string => {
    const number = (calls.get(name) ?? 0) + 1
    calls.set(name, number)
    return number === 1 ? name : `${name} (${number})`
  }
  const passing = (when: string, call: string) => Effect.sync(() => pass(`${when} ${call}`))

  const around = (name: string, method: string, call: Effect.Effect<unknown, unknown, unknown>) =>
    looksForWork(method)
      ? Effect.tap(call, (found) => (isNothing(found) ? Effect.void : passing("after", numbered(name))))
      : Effect.suspend(() => {
          const one = numbered(name)
          // What happened has happened, and its answer is lost, also when it was a failure.
          return Effect.andThen(
            passing("before", one),
            Effect.onExit(call, () => passing("after", one))
          )
        })

  const aroundStream = (name: string, stream: Stream.Stream<unknown, unknown, unknown>) => {
    const one = numbered(name)
    const at = (when: string) => Stream.drain(Stream.fromEffect(passing(when, one)))
    return Stream.concat(Stream.concat(at("before"), stream), at("after"))
  }

  const wrap = <A extends object>(name: string, port: A): A =>
    new Proxy(port, {
      get: (target, property): unknown => {
        const value: unknown = Reflect.get(target, property)
        const method = String(property)
        if (method === "payouts" && typeof value === "object" && value !== null) return wrap(name, value)
        if (typeof value !== "function" || isHousekeeping(method)) return value
        return (...args: ReadonlyArray<unknown>): unknown => {
          const called: unknown = Reflect.apply(value, target, args)
          const call = `${name}.${method}`
          if (Effect.isEffect(called)) return around(call, method, called)
          return Stream.isStream(called) ? aroundStream(call, called) : called
        }
      }
    })
  return { wrap }
}
