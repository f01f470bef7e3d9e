/** The requests of the load: PIX invoices of many tenants, every one under a key of its own. */
import { basePath } from "@salesos/api"
import { randomBytes } from "node:crypto"
import { apiKey } from "./tenants.ts"

export interface InvoiceRequest {
  readonly tenant: number
  readonly key: string
  /** Head and body, as they go over the wire. */
  readonly text: string
}

/** Apart from every other run's. */
const run = randomBytes(4).toString("hex")
let count = 0

/** The simulator pays an even amount after its last two digits in seconds: none of these within a run. */
const amount = (number: number): number => 100 * (1 + (number % 5_000)) + 98

/** The next request, its tenant the next in turn. */
export const next = (tenants: number): InvoiceRequest => {
  const number = count++
  const tenant = 1 + (number % tenants)
  const key = `bench-${run}-${number}`
  const body = JSON.stringify({
    customer: { country: "BR", document: "52998224725", name: "Maria da Silva", email: "maria@example.com" },
    amount: amount(number),
    currency: "BRL",
    description: "Consulting - April/2026",
    payment_method: { type: "pix" },
    cost_center: "CC-MKT"
  })
  const head = [
    `POST ${basePath}/invoices HTTP/1.1`,
    "Host: 127.0.0.1",
    `Authorization: Bearer ${apiKey(tenant)}`,
    `Idempotency-Key: ${key}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`
  ]
  return { tenant, key, text: `${head.join("\r\n")}\r\n\r\n${body}` }
}
