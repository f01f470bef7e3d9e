/**
 * The issuer of NFS-e through Sefin Nacional. What is declared is built in `Dps.ts` and `Cancellation.ts`, validated by the official
 * schemas and signed; what is answered means what `mapping.ts` says.
 */
import { Provider, type TaxIssuer } from "@salesos/core"
import { DateTime, Duration, Effect, Option, Result } from "effect"
import { HttpClientRequest } from "effect/http"
import * as Api from "./Api.ts"
import * as Calls from "./Calls.ts"
import * as Cancellation from "./Cancellation.ts"
import * as Danfse from "./Danfse.ts"
import * as Dps from "./Dps.ts"
import * as mapping from "./mapping.ts"
import * as Nfse from "./Nfse.ts"
import * as Profile from "./Profile.ts"
import { type Kind, problems } from "./Schemas.ts"
import * as Signature from "./Signature.ts"

/** The issuer's name, as a provider account says it. */
export const nfse = "nfse"

/**
 * The authority answers at once, so what it has is there to be found. A request may still be under way when we have given it up; one
 * that comes later all the same makes no second document, for the same number is refused.
 */
export const facts = { lookup: { minimumAge: Duration.seconds(30), misses: 2 } } as const

type Account = Provider.ProviderAccount
type Observation = TaxIssuer.TaxObservation
type Failure = Provider.Rejected | Provider.Unavailable | Provider.Unknown

const told = (errors: ReadonlyArray<{ readonly field: string; readonly message: string }>): string =>
  errors.map(({ field, message }) => `${field}: ${message}`).join("; ")

/** The issuer that an account speaks for today, or what is wrong with the account. */
const issuerNow = (account: Account) =>
  Effect.gen(function* () {
    const issuer = yield* Effect.fromResult(Profile.read(account))
    const errors = Profile.expired(issuer.certificate, yield* DateTime.now)
    return errors.length === 0 ? issuer : yield* Effect.fail(errors)
  })

const profileError = "fiscal_profile_invalid"

const rejectedProfile = (errors: Parameters<typeof told>[0]) =>
  new Provider.Rejected({ code: profileError, message: `The fiscal profile is not fit to issue: ${told(errors)}` })

const unavailableProfile = (errors: Parameters<typeof told>[0]) =>
  new Provider.Unavailable({
    account: "credentials",
    message: `The fiscal profile is not fit to issue: ${told(errors)}`
  })

/** Signs what the schema has nothing against. */
const sealed = (kind: Kind, name: string, xml: string, { certificate, profile }: Profile.Issuer) =>
  Effect.suspend(() => {
    const found = problems(kind, xml)
    return found.length > 0
      ? Effect.fail(new Provider.Rejected({ code: "schema_violation", message: found.slice(0, 3).join("; ") }))
      : Effect.succeed(Signature.sign(xml, name, certificate, profile.signature))
  })

const issued = (content: string, canceledAt: DateTime.Utc | null): Observation | undefined => {
  const read = Nfse.read(content)
  return (
    read && {
      status: canceledAt === null ? "issued" : "canceled",
      documentNumber: read.number,
      accessKey: read.accessKey,
      issuedAt: read.issuedAt,
      canceledAt,
      content
    }
  )
}

const unreadable = new Provider.Unknown({ message: "The provider's answer could not be read" })
const another = new Provider.Unknown({ message: "The provider answered with another document" })

const postDps = Calls.post(Api.PostDps)
const postEvent = Calls.post(Api.PostEvent)

/** One operation for an account, over connections of its own. */
const operation = <A, E>(
  account: Account,
  run: (conversation: Conversation) => Effect.Effect<A, E>
): Effect.Effect<A, E | Provider.Unavailable> =>
  Effect.scoped(
    Effect.gen(function* () {
      const issuer = yield* Effect.mapError(issuerNow(account), unavailableProfile)
      return yield* run({ issuer, send: yield* Calls.connect(issuer), secrets: Provider.secretsOf(account) })
    })
  )

interface Conversation {
  readonly issuer: Profile.Issuer
  readonly send: Calls.Send
  readonly secrets: ReadonlyArray<string>
}

/** The document under an access key, as the authority has it. */
const getDocument = Effect.fnUntraced(function* ({ secrets, send }: Conversation, accessKey: string) {
  const answer = yield* send(HttpClientRequest.get(`/nfse/${accessKey}`))
  const content = mapping.documentIn(answer.body)
  if (content === undefined) return yield* mapping.searchFailure(answer, secrets)
  if (Nfse.read(content)?.accessKey !== accessKey) return yield* another
  return content
})

/** When a document was canceled; null where it was not. */
const canceledAt = Effect.fnUntraced(function* ({ secrets, send }: Conversation, accessKey: string) {
  for (const event of Cancellation.canceling) {
    const answer = yield* send(HttpClientRequest.get(`/nfse/${accessKey}/eventos/${event}/1`))
    if (mapping.isMissing(answer)) continue
    const xml = mapping.eventIn(answer.body)
    if (xml !== undefined) return Nfse.registeredAt(xml) ?? (yield* unreadable)
    const failure = mapping.failure(answer, secrets)
    // The document has a 422 for events that a document cannot have: that is not there either.
    if (failure._tag !== "Rejected") return yield* failure
  }
  return null
})

/** The document that a declaration made; none where the authority says so. */
const findDocument = Effect.fnUntraced(function* (
  conversation: Conversation,
  reference: string
): Effect.fn.Return<Option.Option<string>, Provider.Unavailable | Provider.Unknown> {
  const answer = yield* conversation.send(HttpClientRequest.get(`/dps/${reference}`))
  if (mapping.isMissing(answer)) return Option.none()
  const accessKey = mapping.accessKeyIn(answer.body)
  if (accessKey === undefined) return yield* mapping.searchFailure(answer, conversation.secrets)
  const content = yield* getDocument(conversation, accessKey)
  return Nfse.read(content)?.reference === reference ? Option.some(content) : yield* another
})

const observe = Effect.fnUntraced(function* (conversation: Conversation, content: string) {
  const read = Nfse.read(content)
  const observation = read && issued(content, yield* canceledAt(conversation, read.accessKey))
  return observation ?? (yield* unreadable)
})

/** The number made a document before: ours, if it says what we declare. */
const readBack = Effect.fnUntraced(function* (conversation: Conversation, prepared: TaxIssuer.Prepared) {
  const found = yield* findDocument(conversation, prepared.reference)
  if (Option.isNone(found)) return yield* unreadable
  if (Nfse.declarationIn(found.value) !== Nfse.declarationIn(prepared.content)) {
    return yield* new Provider.Rejected({
      code: "number_taken",
      message: "Another document was issued with this series and number"
    })
  }
  return yield* observe(conversation, found.value)
})

const issue = (account: Account, prepared: TaxIssuer.Prepared) =>
  operation(account, (conversation): Effect.Effect<Observation, Failure> =>
    Effect.gen(function* () {
      const { secrets, send } = conversation
      const answer = yield* postDps(send, "/nfse", { dpsXmlGZipB64: mapping.pack(prepared.content) })
      const content = mapping.documentIn(answer.body)
      if (content !== undefined) {
        const observation = issued(content, null)
        return observation !== undefined && Nfse.read(content)?.reference === prepared.reference
          ? observation
          : yield* another
      }
      return mapping.refusalIn(answer.body, secrets)?.codes.includes(mapping.alreadyIssued) === true
        ? yield* readBack(conversation, prepared)
        : yield* mapping.failure(answer, secrets)
    })
  )

const cancel = (account: Account, document: { readonly accessKey: string; readonly reason: string }) =>
  operation(account, (conversation): Effect.Effect<Observation, Failure> =>
    Effect.gen(function* () {
      const { issuer, secrets, send } = conversation
      const { accessKey } = document
      const request = Cancellation.build(issuer.profile, document, yield* DateTime.now)
      const content = yield* sealed("pedRegEvento", "infPedReg", request, issuer)
      const answer = yield* postEvent(send, `/nfse/${accessKey}/eventos`, {
        pedidoRegistroEventoXmlGZipB64: mapping.pack(content)
      })
      const event = mapping.eventIn(answer.body)
      const perhaps = mapping.refusalIn(answer.body, secrets)?.codes.some((code) => mapping.perhapsCanceled.has(code))
      if (event === undefined && perhaps !== true) return yield* mapping.failure(answer, secrets)
      const at = event === undefined ? yield* canceledAt(conversation, accessKey) : Nfse.registeredAt(event)
      // Refused for another event, such as a block.
      if (at === null) return yield* mapping.failure(answer, secrets)
      if (at === undefined) return yield* unreadable
      return issued(yield* getDocument(conversation, accessKey), at) ?? (yield* unreadable)
    })
  )

const check: TaxIssuer.TaxIssuer["check"] = (account, wish) =>
  Result.match(Profile.read(account), {
    onFailure: (errors) => [
      {
        field: "tax_document",
        code: profileError,
        message: `The fiscal profile ${account.name} is not fit to issue: ${told(errors)}`
      }
    ],
    onSuccess: ({ profile }) =>
      Result.match(Dps.declare(profile, wish), { onFailure: (errors) => errors, onSuccess: () => [] })
  })

const prepare: TaxIssuer.TaxIssuer["prepare"] = Effect.fnUntraced(function* (account, order) {
  const issuer = yield* Effect.mapError(issuerNow(account), rejectedProfile)
  const wish = { ...order, invoice: order.invoice.request }
  const declaration = yield* Effect.mapError(
    Effect.fromResult(Dps.declare(issuer.profile, wish)),
    (errors) => new Provider.Rejected({ code: "validation_failed", message: told(errors) })
  )
  const xml = Dps.build(issuer.profile, declaration, order)
  const content = yield* sealed("DPS", "infDPS", xml, issuer)
  return { reference: Dps.idOf(issuer.profile, order.number), content }
})

/** The issuer. It needs no services: its connections are opened with each account's own certificate. */
export const issuer: TaxIssuer.TaxIssuer = {
  name: nfse,
  types: ["nfse"],
  facts,
  validate: Profile.validate,
  check,
  prepare,
  issue,
  find: (account, reference) =>
    operation(account, (conversation) =>
      Effect.flatMap(
        findDocument(conversation, reference),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (content) => Effect.asSome(observe(conversation, content))
        })
      )
    ),
  cancel,
  render: (_account, document) => Danfse.render(document)
}
