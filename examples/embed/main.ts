/** Core inside a plain TypeScript service: promises outside, no framework, adapters in memory, a provider that is not there. */
import { type Execution, Idempotency, InvoiceRequest, Invoices, Lookups, Statements } from "@salesos/core"
import { FakeProvider, Memory, TestOwners } from "@salesos/core/testing"
import { Effect, Layer, Logger, ManagedRuntime } from "effect"

// In your service: `layer` of @salesos/store-postgres, or adapters of your own, and the drivers of your providers.
const provider = await Effect.runPromise(FakeProvider.make({ name: "infrapsp" }))
const quiet = Logger.layer([])
const gateway = ManagedRuntime.make(Layer.merge(Memory.layer({ drivers: [provider.driver] }), quiet))
const owner = await gateway.runPromise(
  Effect.map(
    TestOwners.TestOwners.use((owners) => owners.fresh(["infrapsp"])),
    ({ sandbox }) => sandbox
  )
)

/** Charges once for a key, however often it is called; rejects with the list of failing fields, or with what went wrong. */
const charge = (key: string, body: unknown): Promise<Execution.Answer> =>
  gateway.runPromise(
    Effect.gen(function* () {
      const request = yield* InvoiceRequest.decode(body)
      const keyed = {
        key: Idempotency.IdempotencyKey.make(key),
        fingerprint: Idempotency.fingerprint("POST", "/charge", body)
      }
      return yield* Invoices.create(owner, keyed, request)
    })
  )

const order = {
  customer: { country: "BR", document: "52998224725", name: "Maria da Silva", email: "maria@example.com" },
  amount: 1010,
  currency: "BRL",
  description: "Consulting - April/2026",
  payment_method: { type: "pix" },
  cost_center: "CC-MKT"
}

const first = await charge("order-77", order)
const again = await charge("order-77", order)
const { id, our_number } = JSON.parse(first.response.body)
console.log(first.response.status, our_number, again.replayed ? "and once more: the same" : "")

// The payer pays; what the provider then says is booked once.
const books = await Effect.runPromise(provider.books)
await Effect.runPromise(provider.pay(books.charges[0]!.id, { fee: 40 }))
await gateway.runPromise(Lookups.lookUp({ owner, invoice: id, attempt: 1 }))
const statement = await gateway.runPromise(Statements.list(owner, {}, { limit: 10 }))
for (const { line } of statement.data)
  console.log(line.type, line.amount, line.currency, "fee", line.fee, "net", line.net)
