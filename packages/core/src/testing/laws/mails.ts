/** Laws of letters: one for an event that has one, written with it, taken by one at a time, and never lost before it is over. */
import { DateTime, Duration, Effect } from "effect"
import type { Letter, Outcome } from "../../models/Letter.ts"
import type { Owner } from "../../models/Owner.ts"
import { Mails, type Taken } from "../../ports/Mails.ts"
import * as Ids from "../../values/Ids.ts"
import { change, invoice, nothing, owner, paid, tenancy } from "./given.ts"
import { eventually, holds, law, LawBroken, refused, same, times, upTo } from "./law.ts"

/** An event of an invoice that leads to a letter. */
const eventOf = Effect.fnUntraced(function* (subject: string, letter: Letter) {
  const [id, createdAt] = [yield* Ids.generate("evt"), yield* DateTime.now]
  return { id, type: "invoice.paid" as const, createdAt, subject, body: "{}", letter }
})

/** So many events of a new invoice that lead to letters; their ids. */
const letters = Effect.fnUntraced(function* (of: Owner, count: number) {
  const { invoice: made } = yield* invoice(of)
  const events = yield* Effect.forEach(upTo(count), () => eventOf(made.id, { kind: "receipt", invoice: made.id }))
  yield* change(of, made.id, null, (held) =>
    Effect.succeed({ change: { ...nothing(held), events }, result: undefined })
  )
  return events.map(({ id }) => id)
})

/** All that is due in an owner's environment; the owner's own is given. */
const takeOf = (of: Owner) =>
  Effect.gen(function* () {
    const { take } = yield* Mails
    const all: Array<Taken> = []
    for (;;) {
      const taken = yield* take(of.environment, 50)
      all.push(...taken)
      if (taken.length < 50) return all.filter(({ owner: its }) => its.tenant === of.tenant)
    }
  })

const theOneOf = (of: Owner) =>
  Effect.flatMap(takeOf(of), ([one, ...others]) =>
    one === undefined || others.length > 0
      ? Effect.fail(new LawBroken({ message: "not one letter is due" }))
      : Effect.succeed(one)
  )

const again: Outcome = { _tag: "Again", after: Duration.zero, reason: "busy" }

/** Laws of `Mails`, and of the letters in a change. */
export const mails = [
  law(
    "an event that leads to a letter has one waiting, in its environment, and whoever takes it has it alone",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { id } = yield* paid(live)
      yield* same("in the other environment", yield* takeOf(sandbox), [])
      const { letter, number, owner: its } = yield* theOneOf(live)
      yield* same(
        "the letter",
        { letter, number, its },
        { letter: { kind: "receipt", invoice: id }, number: 1, its: live }
      )
      yield* same("when it is taken", yield* takeOf(live), [])
    })
  ),
  law(
    "letters of every kind come back as they were written, and an event without one leads to none",
    Effect.gen(function* () {
      const of = yield* owner
      const { invoice: made } = yield* invoice(of)
      const written: ReadonlyArray<Letter> = [
        { kind: "receipt", invoice: made.id },
        { kind: "tax_document", invoice: made.id, document: yield* Ids.generate("td") },
        { kind: "payout_receipt", payout: yield* Ids.generate("po") }
      ]
      const events = yield* Effect.forEach(written, (letter) => eventOf(made.id, letter))
      const other = { ...(yield* eventOf(made.id, { kind: "receipt", invoice: made.id })), letter: null }
      yield* change(of, made.id, null, (held) =>
        Effect.succeed({ change: { ...nothing(held), events: [...events, other] }, result: undefined })
      )
      const taken = new Map((yield* takeOf(of)).map(({ event, letter }) => [event, letter]))
      yield* same(
        "the letters",
        events.map(({ id }) => taken.get(id)),
        written
      )
      yield* same("how many", taken.size, written.length)
    })
  ),
  law(
    "the letter of a change that failed is never sent",
    Effect.gen(function* () {
      const of = yield* owner
      const { invoice: made } = yield* invoice(of)
      const event = yield* eventOf(made.id, { kind: "receipt", invoice: made.id })
      yield* refused(
        "an event told twice",
        change(of, made.id, null, (held) =>
          Effect.andThen(
            Effect.succeed({ change: { ...nothing(held), events: [event] }, result: undefined }),
            Effect.die("after all")
          )
        )
      )
      yield* same("what is due", yield* takeOf(of), [])
    })
  ),
  law(
    "a letter that was not sent is due again after a while, and one that was sent, given up or dropped never",
    Effect.gen(function* () {
      const of = yield* owner
      const { record } = yield* Mails
      const [event] = yield* letters(of, 1)
      yield* record(yield* theOneOf(of), again)
      const second = yield* theOneOf(of)
      yield* same("the second try", [second.event, second.number], [event, 2])
      yield* record(second, { _tag: "Again", after: Duration.hours(1), reason: "busy" })
      yield* same("before its time", yield* takeOf(of), [])
      const over: ReadonlyArray<Outcome> = [
        { _tag: "Sent" },
        { _tag: "GivenUp", reason: "no such mailbox" },
        { _tag: "Dropped", reason: "no_address" }
      ]
      for (const outcome of over) {
        yield* letters(of, 1)
        const taken = yield* theOneOf(of)
        yield* record(taken, outcome)
        yield* record(taken, again)
        yield* same(outcome._tag, yield* takeOf(of), [])
      }
    })
  ),
  law(
    "many workers together take every letter once, no more at once than they ask for",
    Effect.gen(function* () {
      const of = yield* owner
      yield* takeOf(of)
      yield* letters(of, 12)
      const taken = yield* times(
        8,
        Mails.use(({ take }) => take(of.environment, 2))
      )
      yield* holds(
        taken.every((each) => each.length <= 2),
        "more were taken than asked for"
      )
      const events = [...taken.flat(), ...(yield* takeOf(of))].map(({ event }) => event)
      yield* same("letters", [events.length, new Set(events).size], [12, 12])
    })
  ),
  law(
    "what comes back too late decides nothing, unless the letter was sent",
    Effect.gen(function* () {
      const of = yield* owner
      const { record } = yield* Mails
      yield* letters(of, 1)
      const first = yield* theOneOf(of)
      yield* record(first, again)
      yield* theOneOf(of)
      yield* record(first, again)
      yield* record(first, { _tag: "GivenUp", reason: "too late" })
      yield* same("after what came too late", yield* takeOf(of), [])
      yield* record(first, { _tag: "Sent" })
      yield* record({ ...first, number: 2 }, again)
      yield* same("after it was sent", yield* takeOf(of), [])
    })
  ),
  law(
    "what waits for too long is dropped, some at a time, and forgotten only then",
    Effect.gen(function* () {
      const of = yield* owner
      const { expire, purge } = yield* Mails
      const old = Duration.hours(1)
      yield* letters(of, 3)
      yield* expire(old, 1000)
      yield* purge(Duration.zero, 1000)
      yield* same("how many wait", (yield* takeOf(of)).length, 3)
      yield* eventually("two at once", expire(Duration.zero, 2), (gone) => gone === 2)
      yield* eventually("the rest", expire(Duration.zero, 2), (gone) => gone < 2)
      yield* same("those that are over and young", yield* purge(old, 1000), 0)
      yield* eventually("two forgotten at once", purge(Duration.zero, 2), (gone) => gone === 2)
      yield* eventually("the rest of them", purge(Duration.zero, 2), (gone) => gone < 2)
    })
  )
]
