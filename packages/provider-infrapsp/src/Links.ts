/**
 * Charges by payment link, InfraPSP's "pre transactions": made, read with their tries, canceled.
 */
import { Outcome, Provider } from "@salesos/core"
import { DateTime, Effect, Option, Schema } from "effect"
import { HttpClientRequest } from "effect/http"
import { CreatePreTransaction, PreTransaction } from "./Api.ts"
import { type Answer, type Listed, listOf, maxPageSize, type Send, sendJson, since } from "./Calls.ts"
import * as mapping from "./mapping.ts"
import { createPreTransaction } from "./requests.ts"
import type { Transactions } from "./Transactions.ts"

type Account = Provider.ProviderAccount

const decode = Schema.decodeUnknownOption(PreTransaction)
const post = sendJson(CreatePreTransaction)
// The document's example of a list of links is one link.
const list = listOf(PreTransaction)

/** The account's setting that tells where links are opened. */
export const checkoutUrlSetting = "checkoutUrl"

const path = (id: string): string => `/v1/pre-transactions/${encodeURIComponent(id)}`

/** What makes, reads and cancels links. */
export const make = (send: Send, transactions: Transactions) => {
  /** A link with its tries, which InfraPSP tells in short only. */
  const complete = Effect.fnUntraced(function* (account: Account, { entry: link, raw }: Listed<PreTransaction>) {
    const tries =
      link.transactions?.length === 0
        ? []
        : yield* transactions.search(account, {
            preTransactionId: link.id,
            pageSize: maxPageSize,
            ...since(link.createdAt ?? (yield* DateTime.now))
          })
    const own = tries.filter(({ entry }) => entry.preTransactionId === link.id)
    const readings = yield* Effect.forEach(own, (each) => transactions.complete(account, each))
    return { link, tries: readings, raw } satisfies mapping.LinkReading
  })

  const observe = (account: Account, reading: mapping.LinkReading) =>
    Effect.map(DateTime.now, (readAt) => mapping.linkObservation(reading, account.settings[checkoutUrlSetting], readAt))

  /** The answer to a request for one link. An answer that carries one counts, whatever the status of either. */
  const ofAnswer = Effect.fnUntraced(function* (account: Account, { body, raw, refusal, status }: Answer) {
    const link = decode(body)
    return Option.isSome(link)
      ? yield* complete(account, { entry: link.value, raw })
      : yield* Outcome.ofAnswer(status, refusal)
  })

  const get = Effect.fnUntraced(function* (account: Account, id: string) {
    const reading = yield* ofAnswer(account, yield* send(account, HttpClientRequest.get(path(id))))
    return reading.link.id === id
      ? reading
      : yield* new Provider.Unknown({ message: "The provider answered with another charge" })
  })

  return {
    complete,
    observe,
    get,
    create: Effect.fnUntraced(function* (account: Account, request: Provider.ChargeRequest) {
      // Before anything is sent: a link that nobody can open would be of no use.
      if (mapping.checkoutUrl(account.settings[checkoutUrlSetting], "id") === null) {
        return yield* new Provider.Unavailable({ message: "The account's checkoutUrl is not configured" })
      }
      const body = createPreTransaction(account, request, yield* DateTime.now)
      const to = HttpClientRequest.post("/v1/pre-transactions")
      const { body: answer, raw, refusal, status } = yield* post(send, account, to, body)
      const link = decode(answer)
      if (Option.isNone(link)) return yield* Outcome.ofAnswer(status, refusal)
      // Nobody can have tried to pay yet: it is there, whatever else can be read now.
      return yield* observe(account, { link: link.value, tries: [], raw })
    }),
    /** One page of a search. */
    search: (account: Account, params: Readonly<Record<string, string | number>>) =>
      list(send, account, "/v1/pre-transactions", params),
    /** Cancels a link that nobody has paid. One that is over already is told as it is. */
    cancel: Effect.fnUntraced(function* (account: Account, id: string) {
      const answer = yield* send(account, HttpClientRequest.post(`${path(id)}/cancel`))
      const canceled = yield* Effect.result(ofAnswer(account, answer))
      if (canceled._tag === "Success" && canceled.success.link.id === id) {
        return yield* observe(account, canceled.success)
      }
      if (canceled._tag === "Success") {
        return yield* new Provider.Unknown({ message: "The provider answered with another charge" })
      }
      if (canceled.failure._tag !== "Rejected") return yield* canceled.failure
      const seen = yield* observe(account, yield* get(account, id))
      return seen.status._tag === "settled" || seen.status._tag === "ended" ? seen : yield* canceled.failure
    })
  }
}

export type Links = ReturnType<typeof make>
