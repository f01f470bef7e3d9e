/** A workload that finds nothing is worth as much as what it would find: mistakes that are planted, each of them found. */
import { assert, describe, it } from "@effect/vitest"
import { Idempotency, Ids, Invoice, Ledger, type Operations, Provider, Store } from "@salesos/core"
import { Workload } from "@salesos/core/testing"
import { Effect, Option, Result } from "effect"
import { carryOut, owners } from "../support/workload.ts"

type Tamper = NonNullable<Parameters<typeof carryOut>[1]>
type Invoices = Store.InvoiceStore["Service"]
type Payouts = Store.PayoutStore["Service"]

const invoices =
  (change: (store: Invoices) => Invoices): Tamper =>
  (run) =>
    Effect.flatMap(Store.InvoiceStore, (store) => Effect.provideService(run, Store.InvoiceStore, change(store)))

const payouts =
  (change: (store: Payouts) => Payouts): Tamper =>
  (run) =>
    Effect.flatMap(Store.PayoutStore, (store) => Effect.provideService(run, Store.PayoutStore, change(store)))

const drivers =
  (change: (driver: Provider.Driver) => Provider.Driver): Tamper =>
  (run) =>
    Effect.flatMap(Provider.Drivers, (all) => Effect.provideService(run, Provider.Drivers, all.map(change)))

/** A store that writes something else than was decided. */
const writes = <A, Id, NewIntent>(
  store: Operations.Operations<A, Id, NewIntent>,
  alter: (change: Operations.Change<A>, held: Operations.Held<A>) => Operations.Change<A>
): Pick<Operations.Operations<A, Id, NewIntent>, "change"> => ({
  change: (owner, id, lease, decide) =>
    store.change(owner, id, lease, (held) =>
      Effect.map(decide(held), ({ change, result }) => ({ change: alter(change, held), result }))
    )
})

const invoicesWrite = (
  alter: (
    change: Operations.Change<Invoice.Invoice>,
    held: Operations.Held<Invoice.Invoice>
  ) => Operations.Change<Invoice.Invoice>
) => invoices((store) => ({ ...store, ...writes(store, alter) }))

let made = 0
const another = <P extends "btxn" | "ent" | "evt">(prefix: P) => Effect.runSync(Ids.generate(prefix))

type Posted = Operations.Change<Invoice.Invoice>["posted"][number]

/** The same entry once more, as if it were another. */
const again = (posted: Posted): Posted => ({
  ...posted,
  transaction: { ...posted.transaction, id: another("btxn"), entry: another("ent") }
})

/** One minor unit more, in the entry and in its row. */
const inflated = ({ postings, transaction }: Posted): Posted => ({
  postings: postings.map((posting) => ({
    ...posting,
    amount:
      posting.account === "provider_balance"
        ? posting.amount + 1
        : posting.account === "charges"
          ? posting.amount - 1
          : posting.amount
  })),
  transaction: {
    ...transaction,
    line: { ...transaction.line, amount: transaction.line.amount + 1, net: transaction.line.net + 1 }
  }
})

const mistakes: ReadonlyArray<readonly [name: string, tamper: Tamper]> = [
  [
    "an entry that is posted twice",
    invoicesWrite((change) => ({ ...change, posted: change.posted.flatMap((each) => [each, again(each)]) }))
  ],
  [
    "a payout's entry that is posted twice",
    payouts((store) => ({
      ...store,
      ...writes(store, (change) => ({ ...change, posted: change.posted.flatMap((each) => [each, again(each)]) }))
    }))
  ],
  ["an entry that is lost", invoicesWrite((change) => ({ ...change, posted: [] }))],
  [
    "an entry of a wrong amount",
    invoicesWrite((change) => ({
      ...change,
      posted: change.posted.map((each) => (each.transaction.line.type === "charge" ? inflated(each) : each))
    }))
  ],
  [
    "a fee that is booked twice",
    invoicesWrite((change) => ({
      ...change,
      posted: change.posted.flatMap((each) => {
        const { currency, fee } = each.transaction.line
        if (fee === 0) return [each]
        const { line, postings } = Result.getOrThrow(Ledger.fee(fee, currency))
        return [each, again({ postings, transaction: { ...each.transaction, line } })]
      })
    }))
  ],
  [
    "a fee that is learned later and not booked",
    invoicesWrite((change) => ({
      ...change,
      posted: change.posted.filter(({ transaction }) => transaction.line.type !== "fee")
    }))
  ],
  [
    "an entry of another provider account",
    invoicesWrite((change) => ({
      ...change,
      posted: change.posted.map((each) => ({ ...each, transaction: { ...each.transaction, account: "usdbrl" } }))
    }))
  ],
  [
    "a statement row without its cost center",
    invoicesWrite((change) => ({
      ...change,
      posted: change.posted.map((each) => ({ ...each, transaction: { ...each.transaction, costCenter: null } }))
    }))
  ],
  [
    "an event that is lost",
    invoicesWrite((change) => ({ ...change, events: change.events.filter(({ type }) => type !== "invoice.paid") }))
  ],
  [
    "a payout's event that is lost",
    payouts((store) => ({
      ...store,
      ...writes(store, (change) => ({
        ...change,
        events: change.events.filter(({ type }) => type !== "payout.paid")
      }))
    }))
  ],
  [
    "an event that is told twice",
    invoicesWrite((change) => ({
      ...change,
      events: change.events.flatMap((event) => [event, { ...event, id: another("evt") }])
    }))
  ],
  [
    "an event that tells of an earlier time",
    invoicesWrite((change) => ({
      ...change,
      events: change.events.map((event) =>
        event.type === "invoice.reversed"
          ? { ...event, body: event.body.replace(/"updated_at":"\d{4}/, '"updated_at":"2020') }
          : event
      )
    }))
  ],
  [
    "a state that is told and not written",
    invoicesWrite((change, { current }) =>
      change.next.status === "failed" ? { ...change, next: { ...change.next, status: current.status } } : change
    )
  ],
  [
    "money that went back and is not counted",
    invoicesWrite((change) => ({ ...change, next: { ...change.next, amountReversed: 0 } }))
  ],
  [
    "a payment that is never late",
    invoicesWrite((change) => ({ ...change, next: { ...change.next, latePayment: false } }))
  ],
  [
    "an answer that is stored otherwise than given",
    invoicesWrite((change) =>
      change.finished === undefined || change.finished.response === null
        ? change
        : {
            ...change,
            finished: {
              ...change.finished,
              response: {
                ...change.finished.response,
                body: change.finished.response.body.replace('"late_payment":false', '"late_payment":true')
              }
            }
          }
    )
  ],
  [
    "a key that means nothing",
    invoices((store) => ({
      ...store,
      open: (intent) =>
        store.open({
          ...intent,
          keyed: { ...intent.keyed, key: Idempotency.IdempotencyKey.make(`${intent.keyed.key}-${++made}`) }
        })
    }))
  ],
  [
    "a body that is not compared",
    invoices((store) => {
      const one = Idempotency.fingerprint("POST", "/invoices", {})
      return { ...store, open: (intent) => store.open({ ...intent, keyed: { ...intent.keyed, fingerprint: one } }) }
    })
  ],
  [
    "a number that is taken for nothing",
    invoices((store) => ({
      ...store,
      list: (owner, filter, page) =>
        Effect.map(store.list(owner, filter, page), (listed) => ({
          ...listed,
          data: listed.data.filter(({ ourNumber }) => !ourNumber.endsWith("-000003"))
        }))
    }))
  ],
  [
    "a read that does not ask whose it is",
    invoices((store) => {
      const seen: Array<Store.InvoiceIntent["owner"]> = []
      return {
        ...store,
        open: (intent) => {
          seen.push(intent.owner)
          return store.open(intent)
        },
        get: (_, id) =>
          Effect.map(
            Effect.forEach(seen, (owner) => store.get(owner, id)),
            (found) => Option.firstSomeOf(found)
          )
      }
    })
  ],
  [
    "a list of the other environment",
    payouts((store) => ({
      ...store,
      list: (owner, filter, page) => store.list({ ...owner, environment: "sandbox" }, filter, page)
    }))
  ],
  [
    "a charge that is sent twice",
    drivers((driver) => ({
      ...driver,
      createCharge: (...order) => Effect.andThen(driver.createCharge(...order), driver.createCharge(...order))
    }))
  ],
  [
    "a lost answer that is taken for a refusal",
    drivers((driver) => ({
      ...driver,
      createCharge: (...order) =>
        driver
          .createCharge(...order)
          .pipe(Effect.catchTag("Unknown", ({ message }) => Effect.fail(new Provider.Rejected({ message }))))
    }))
  ],
  [
    "a payout's lost answer that is taken for a refusal",
    drivers((driver) => {
      const { payouts: inner } = driver
      return inner === undefined
        ? driver
        : {
            ...driver,
            payouts: {
              ...inner,
              create: (...order) =>
                inner
                  .create(...order)
                  .pipe(Effect.catchTag("Unknown", ({ message }) => Effect.fail(new Provider.Rejected({ message }))))
            }
          }
    })
  ],
  [
    "a payment that is another in every reading",
    drivers((driver) => ({
      ...driver,
      getCharge: (...asked) =>
        Effect.map(driver.getCharge(...asked), (seen) => ({
          ...seen,
          payments: seen.payments.map((payment) => ({ ...payment, ordinal: `${++made}` }))
        }))
    }))
  ],
  [
    "a payment that is not read",
    drivers((driver) => ({
      ...driver,
      getCharge: (...asked) => Effect.map(driver.getCharge(...asked), (seen) => ({ ...seen, payments: [] }))
    }))
  ]
]

describe("a workload", () => {
  it.effect.each(mistakes)(
    "finds %s",
    ([, tamper]) =>
      Effect.gen(function* () {
        const failure = yield* carryOut(Workload.generate(1, 250, owners), tamper)
        assert.isDefined(failure)
      }),
    600_000
  )
})
