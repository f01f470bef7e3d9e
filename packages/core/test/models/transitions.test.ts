import { assert, describe, it } from "@effect/vitest"
import { ChargeAttempt, Invoice, ProviderOperation, TaxDocument } from "@salesos/core"
import { Option, Result } from "effect"
import { cells, find } from "../support/table.ts"

/** From the design: "Charge attempt: sent → …". A dot is a refusal. */
const attempts = `
            Accepted  Doubted   Rejected  ArtifactLost  NotThere  Ended  Paid
sent        open      in_doubt  rejected  .             .         .      paid
in_doubt    open      .         rejected  orphaned      absent    ended  paid
open        .         .         .         .             .         ended  paid
orphaned    .         .         .         .             .         ended  paid
rejected    .         .         .         .             .         .      paid
absent      .         .         .         .             .         .      paid
ended       .         .         .         .             .         .      paid
paid        .         .         .         .             .         .      paid
`

const invoices = `
            ChargeOpened  NotCreated  Retried  Paid  PaidToBeRefunded  Canceled  LastAttemptEnded  Reversed
open        open          failed      .        paid  .                 canceled  failed            .
paid        .             .           .        paid  .                 .         .                 paid
canceled    .             .           .        paid  canceled          .         .                 canceled
failed      .             .           open     paid  failed            .         .                 failed
`

/** From the design: "Tax document (public: pending, issued, failed, canceled)". */
const documents = `
            Issued  Failed  Retried  Dropped   Canceled
pending     issued  failed  .        canceled  .
issued      .       .       .        .         canceled
failed      .       .       pending  .         .
canceled    .       .       .        .         .
`

/** What is asked of a provider about a charge: to cancel it, to give its payment back. */
const operations = `
            Wanted  Again   Sent  NotSent  Doubted   Refused  NotThere  Done
wanted      .       .       sent  .        .         refused  .         done
sent        .       wanted  .     wanted   in_doubt  refused  .         done
in_doubt    .       wanted  .     .        .         refused  refused   done
refused     wanted  .       .     .        .         .        .         done
done        .       .       .     .        .         .        .         .
`

const attemptEvents = ["Accepted", "Doubted", "Rejected", "ArtifactLost", "NotThere", "Ended", "Paid"] as const
const invoiceEvents = [
  "ChargeOpened",
  "NotCreated",
  "Retried",
  "Paid",
  "PaidToBeRefunded",
  "Canceled",
  "LastAttemptEnded",
  "Reversed"
] as const
const documentEvents = ["Issued", "Failed", "Retried", "Dropped", "Canceled"] as const
const operationEvents = ["Wanted", "Again", "Sent", "NotSent", "Doubted", "Refused", "NotThere", "Done"] as const

describe("a charge attempt", () => {
  it.each(cells(attempts))("that is %s: %s leads to %s", (from, event, to) => {
    const led = ChargeAttempt.next(find(ChargeAttempt.Status.literals, from), find(attemptEvents, event))
    assert.strictEqual(
      Result.getOrElse(led, () => "."),
      to
    )
  })

  it("has every status in the table, and every event", () => {
    assert.strictEqual(cells(attempts).length, ChargeAttempt.Status.literals.length * attemptEvents.length)
  })
})

describe("an invoice", () => {
  it.each(cells(invoices))("that is %s: %s leads to %s", (from, event, to) => {
    const led = Invoice.next(find(Invoice.Status.literals, from), find(invoiceEvents, event))
    assert.strictEqual(
      Result.getOrElse(led, () => "."),
      to
    )
  })

  it("has every status in the table, and every event", () => {
    assert.strictEqual(cells(invoices).length, Invoice.Status.literals.length * invoiceEvents.length)
  })

  it("refuses as a value that says what was refused", () => {
    const refusal = Result.getFailure(Invoice.next("paid", "Canceled"))
    assert.deepInclude(Option.getOrThrow(refusal), { machine: "invoice", from: "paid", event: "Canceled" })
  })
})

describe("a tax document", () => {
  it.each(cells(documents))("that is %s: %s leads to %s", (from, event, to) => {
    const led = TaxDocument.next(find(TaxDocument.Status.literals, from), find(documentEvents, event))
    assert.strictEqual(
      Result.getOrElse(led, () => "."),
      to
    )
  })

  it("has every status in the table, and every event", () => {
    assert.strictEqual(cells(documents).length, TaxDocument.Status.literals.length * documentEvents.length)
  })
})

describe("an operation asked of a provider", () => {
  it.each(cells(operations))("that is %s: %s leads to %s", (from, event, to) => {
    const led = ProviderOperation.next(find(ProviderOperation.Status.literals, from), find(operationEvents, event))
    assert.strictEqual(
      Result.getOrElse(led, () => "."),
      to
    )
  })

  it("has every status in the table, and every event", () => {
    assert.strictEqual(cells(operations).length, ProviderOperation.Status.literals.length * operationEvents.length)
  })
})
