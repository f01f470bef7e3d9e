/**
 * What core asks for in InfraPSP's words: pure functions. Amounts are centavos on both sides.
 */
import { Documents, type InvoiceRequest, Message, type Provider } from "@salesos/core"
import { DateTime } from "effect"
import type { CreatePreTransaction, CreateTransaction } from "./Api.ts"

/** Lengths that InfraPSP's published client types allow; that of a link's description is the document's. */
const longest = {
  payerRequest: 140,
  description: 256,
  personName: 50,
  companyName: 320,
  line1: 200,
  line2: 100,
  number: 20
}

const address = (
  from: NonNullable<InvoiceRequest.Customer["address"]>
): NonNullable<CreateTransaction["customer"]["address"]> => ({
  line1: Message.shortened(from.street, longest.line1),
  ...(from.complement === undefined ? {} : { line2: Message.shortened(from.complement, longest.line2) }),
  number: Message.shortened(from.number, longest.number),
  neighborhood: from.district,
  zipCode: from.zip_code,
  state: from.state,
  country: "Brasil",
  ibgeCode: from.city_ibge
})

const customer = (from: InvoiceRequest.Customer): CreateTransaction["customer"] => {
  const type = from.document === undefined ? undefined : Documents.kindOf(from.document)
  return {
    // A person has no company name there; a company has both names.
    ...(type === "cnpj" ? { companyName: Message.shortened(from.name, longest.companyName) } : {}),
    personName: Message.shortened(from.name, longest.personName),
    ...(from.document === undefined || type === undefined ? {} : { documentType: type, documentNumber: from.document }),
    gender: "unknown",
    phones: from.phone === undefined ? [] : [from.phone],
    ...(from.address === undefined ? {} : { address: address(from.address) }),
    email: from.email
  }
}

/** One item of the whole amount. */
const item = (description: string, { money, reference }: Provider.ChargeRequest) => ({
  description,
  amount: money.amount,
  quantity: 1,
  category: "invoice",
  code: reference
})

/** The body of "create a transaction": one item of the whole amount, nothing to ship, and everything for the merchant. */
export const createTransaction = (
  account: Pick<Provider.ProviderAccount, "notificationUrl">,
  request: Provider.ChargeRequest
): CreateTransaction => {
  const { amount } = request.money
  const description = Message.shortened(request.description, longest.payerRequest)
  const to = customer(request.customer)
  return {
    method: "pix",
    methodSettings: { expiresIn: request.expiresIn, additionalInfo: [], payerRequest: description },
    items: [item(description, request)],
    shipping: {
      amount: 0,
      ...(to.address === undefined ? {} : { address: to.address }),
      description: "No shipping",
      recipientName: to.personName,
      recipientPhones: to.phones
    },
    notifyUrl: account.notificationUrl,
    externalId: request.reference,
    amount,
    customer: to,
    splits: null
  }
}

/** The most tries that a link allows. */
const maxAttempts = 3

/** The body of "create a pre-transaction", a link that runs out `expiresIn` seconds after `now`. */
export const createPreTransaction = (
  account: Pick<Provider.ProviderAccount, "notificationUrl">,
  request: Provider.ChargeRequest,
  now: DateTime.Utc
): CreatePreTransaction => {
  const description = Message.shortened(request.description, longest.description)
  return {
    amount: request.money.amount,
    description,
    items: [item(description, request)],
    shipping: null,
    customer: customer(request.customer),
    expirationDate: DateTime.formatIso(DateTime.add(now, { seconds: request.expiresIn })),
    maxAttempts,
    notifyUrl: account.notificationUrl,
    externalId: request.reference
  }
}
