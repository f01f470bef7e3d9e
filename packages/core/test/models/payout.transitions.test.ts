import { assert, describe, it } from "@effect/vitest"
import { Payout, PayoutAttempt } from "@salesos/core"
import { Option, Result } from "effect"
import { cells, find } from "../support/table.ts"

/** From the design: "Payout attempt: sent → …". A dot is a refusal. */
const attempts = `
            Accepted  Doubted   Rejected  NotThere  Failed  Canceled  Delivered  Returned
sent        accepted  in_doubt  rejected  .         .       .         delivered  returned
in_doubt    accepted  .         rejected  absent    .       .         delivered  returned
accepted    .         .         .         .         failed  canceled  delivered  returned
rejected    .         .         .         .         .       .         delivered  returned
absent      .         .         .         .         .       .         delivered  returned
failed      .         .         .         .         .       .         delivered  returned
canceled    .         .         .         .         .       .         delivered  returned
delivered   .         .         .         .         .       .         delivered  returned
returned    .         .         .         .         .       .         returned   returned
`

const payouts = `
                          Accepted    Doubted     FundsAwaited              Funded      NotCreated  Retried  NotThere  Delivered  Failed  Canceled  Returned
created                   processing  processing  incoming_payment_waiting  .           failed      .        .         paid       failed  canceled  failed
incoming_payment_waiting  .           .           .                         processing  .           .        .         paid       failed  canceled  failed
processing                .           .           incoming_payment_waiting  .           .           .        failed    paid       failed  .         failed
paid                      .           .           .                         .           .           .        .         paid       .       .         failed
failed                    .           .           .                         .           .           created  .         paid       .       .         failed
canceled                  .           .           .                         .           .           .        .         paid       .       .         failed
`

const columns = (table: string): ReadonlyArray<string> => table.trim().split("\n")[0]?.trim().split(/\s+/) ?? []

const attemptEvents = [
  "Accepted",
  "Doubted",
  "Rejected",
  "NotThere",
  "Failed",
  "Canceled",
  "Delivered",
  "Returned"
] as const satisfies ReadonlyArray<PayoutAttempt.Event>
const payoutEvents = [
  "Accepted",
  "Doubted",
  "FundsAwaited",
  "Funded",
  "NotCreated",
  "Retried",
  "NotThere",
  "Delivered",
  "Failed",
  "Canceled",
  "Returned"
] as const satisfies ReadonlyArray<Payout.Event>

describe("a payout attempt", () => {
  it.each(cells(attempts))("that is %s: %s leads to %s", (from, event, to) => {
    const led = PayoutAttempt.next(find(PayoutAttempt.Status.literals, from), find(attemptEvents, event))
    assert.strictEqual(
      Result.getOrElse(led, () => "."),
      to
    )
  })

  it("has every status in the table, and every event", () => {
    assert.strictEqual(cells(attempts).length, PayoutAttempt.Status.literals.length * attemptEvents.length)
    assert.deepStrictEqual(columns(attempts), attemptEvents)
  })
})

describe("a payout", () => {
  it.each(cells(payouts))("that is %s: %s leads to %s", (from, event, to) => {
    const led = Payout.next(find(Payout.Status.literals, from), find(payoutEvents, event))
    assert.strictEqual(
      Result.getOrElse(led, () => "."),
      to
    )
  })

  it("has every status in the table, and every event", () => {
    assert.strictEqual(cells(payouts).length, Payout.Status.literals.length * payoutEvents.length)
    assert.deepStrictEqual(columns(payouts), payoutEvents)
  })

  it("refuses as a value that says what was refused", () => {
    const refusal = Result.getFailure(Payout.next("processing", "Canceled"))
    assert.deepInclude(Option.getOrThrow(refusal), { machine: "payout", from: "processing", event: "Canceled" })
  })
})
