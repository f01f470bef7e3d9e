/** Laws of what providers refuse accounts: who may still use one, and who tries again. */
import { DateTime, Effect } from "effect"
import { AccountRefusals, type Kind } from "../../ports/AccountRefusals.ts"
import { Tenants } from "../../ports/Store.ts"
import { owner, tenancy } from "./given.ts"
import { holds, law, same, times } from "./law.ts"

const both: ReadonlyArray<Kind> = ["credentials", "payouts"]

/** Laws of `AccountRefusals`. A probe is due after a minute, which no law waits for. */
export const refusals = [
  law(
    "an account is open until it is refused, and again when that is cleared: each kind for itself",
    Effect.gen(function* () {
      const of = yield* owner
      const { admit, clear, refuse } = yield* AccountRefusals
      yield* same("at first", yield* admit(of, "one", both), "open")
      yield* refuse(of, "one", "payouts", "blocked")
      yield* same("what concerns it", yield* admit(of, "one", both), "refused")
      yield* same("what does not", yield* admit(of, "one", ["credentials"]), "open")
      yield* clear(of, "one", ["credentials"])
      yield* same("when another kind is cleared", yield* admit(of, "one", both), "refused")
      yield* clear(of, "one", both)
      yield* same("when it is cleared", yield* admit(of, "one", both), "open")
    })
  ),
  law(
    "a refusal is one account's, in one environment of one tenant",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { admit, list, refuse } = yield* AccountRefusals
      yield* refuse(sandbox, "one", "credentials", "refused")
      yield* same("another account", yield* admit(sandbox, "other", both), "open")
      for (const another of [live, yield* owner]) {
        yield* same("another owner", yield* admit(another, "one", both), "open")
        yield* same("another owner's list", yield* list(another), [])
      }
    })
  ),
  law(
    "a profile tells whose credentials are refused, and of no other refusal",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { refuse } = yield* AccountRefusals
      const { profile } = yield* Tenants
      const other = yield* owner
      const [{ name: account } = { name: "none" }] = (yield* profile(live)).accounts
      yield* refuse(sandbox, account, "credentials", "refused")
      yield* refuse(other, account, "payouts", "blocked")
      yield* same("the owner's", (yield* profile(sandbox)).refused, [account])
      yield* same("of one whose payouts are blocked", (yield* profile(other)).refused, [])
      yield* same("another owner's", (yield* profile(live)).refused, [])
    })
  ),
  law(
    "a refusal is new once, however many hear it, keeps its beginning, and tells its latest reason",
    Effect.gen(function* () {
      const of = yield* owner
      const { list, refuse } = yield* AccountRefusals
      const news = yield* times(10, refuse(of, "one", "payouts", "first"))
      yield* same("how often it was new", news.filter((isNew) => isNew).length, 1)
      const [before] = yield* list(of)
      yield* same("when it is known", yield* refuse(of, "one", "payouts", "second"), false)
      yield* refuse(of, "one", "credentials", "third")
      const all = yield* list(of)
      yield* same(
        "the list",
        all.map(({ account, kind, message }) => [account, kind, message]),
        [
          ["one", "payouts", "second"],
          ["one", "credentials", "third"]
        ]
      )
      yield* same("its beginning", all[0]?.since, before?.since)
      yield* holds(
        all.every(({ probeAt, since }) => DateTime.isGreaterThan(probeAt, since)),
        "a probe is due at once"
      )
    })
  )
]
