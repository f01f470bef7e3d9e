/** Between core's words and the bank's. */
import { Currency, Json, type PayoutObservation, Provider } from "@salesos/core"
import type { CreateTransfer, Transfer } from "./Api.ts"

export const brl = Currency.Currency.make("BRL")

/** The body that asks for a transfer; undefined where the money goes to no IBAN. */
export const createTransfer = ({
  beneficiary,
  destination,
  money,
  reference
}: Provider.PayoutOrder): CreateTransfer | undefined =>
  destination.type === "bank_transfer" && destination.iban !== undefined
    ? { reference, amount: money.amount, currency: money.currency, iban: destination.iban, name: beneficiary.name }
    : undefined

const statuses: ReadonlyMap<string, PayoutObservation.PayoutStatus> = new Map([
  ["scheduled", { _tag: "waiting_funds" }],
  ["canceled", { _tag: "ended", reason: "canceled" }]
])

/** What the bank says about a transfer. `body` is the answer it was read from. */
export const observation = (
  account: Provider.ProviderAccount,
  { amount, id, state }: Transfer,
  body: unknown
): PayoutObservation.PayoutObservation => ({
  providerId: id,
  status: statuses.get(state ?? "") ?? { _tag: "pending" },
  money: { amount, currency: brl },
  deliveries: [],
  returns: [],
  endToEndId: null,
  raw: Json.withoutSecrets(body, Provider.secretsOf(account))
})
