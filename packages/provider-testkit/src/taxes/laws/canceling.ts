/** A document that is taken back, and what a person is given to read. */
import { Effect } from "effect"
import { holds, type Law, law, same, text } from "../../Law.ts"
import type { Bench } from "../Bench.ts"
import { books, essence, finds } from "./issuing.ts"

const reason = "The service was not rendered"

const issued = Effect.fnUntraced(function* ({ account, issuer, prepare }: Bench) {
  const prepared = yield* prepare()
  return { prepared, document: yield* issuer.issue(account, prepared) }
})

export const canceling: ReadonlyArray<Law<Bench>> = [
  law("is canceled, says since when, and is found so", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, authority, issuer } = bench
      const { document, prepared } = yield* issued(bench)
      const canceled = yield* issuer.cancel(account, { accessKey: document.accessKey, reason })
      yield* same("canceled", essence(canceled), { ...essence(document), status: "canceled" })
      yield* holds(canceled.canceledAt !== null, "nothing says since when it is canceled")
      yield* same("in the authority's books", (yield* authority.booked(prepared.reference))[0]?.canceled, true)
      yield* finds("found", bench, prepared.reference, canceled)
    })
  ),

  law("is canceled once, however often it is asked for", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer } = bench
      const { document, prepared } = yield* issued(bench)
      const first = yield* issuer.cancel(account, { accessKey: document.accessKey, reason })
      const again = yield* issuer.cancel(account, { accessKey: document.accessKey, reason })
      yield* same(
        "canceled again",
        { ...essence(again), at: text(again.canceledAt) },
        { ...essence(first), at: text(first.canceledAt) }
      )
      yield* books(bench, prepared.reference, [document.accessKey])
    })
  ),

  law("is not issued again once it is canceled", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer } = bench
      const { document, prepared } = yield* issued(bench)
      const canceled = yield* issuer.cancel(account, { accessKey: document.accessKey, reason })
      const again = yield* issuer.issue(account, prepared)
      yield* same("issued again", essence(again), essence(canceled))
      yield* books(bench, prepared.reference, [document.accessKey])
    })
  ),

  law("is not canceled when its time is over, and the code says so", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, authority, issuer } = bench
      const { document, prepared } = yield* issued(bench)
      yield* authority.closeWindow
      const failure = yield* Effect.flip(issuer.cancel(account, { accessKey: document.accessKey, reason }))
      yield* same("the outcome", failure._tag, "Rejected")
      yield* same("the code", failure._tag === "Rejected" && failure.code, "cancellation_window_expired")
      yield* finds("found", bench, prepared.reference, document)
    })
  ),

  law("is canceled for any reason that a person may write", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, prepare } = bench
      const reasons = ["", "x", "🚀", "Erro <&> na emissão", `${"long ".repeat(200)}`, "line\nand line\u0007"]
      for (const [place, reason] of reasons.entries()) {
        const { accessKey } = yield* issuer.issue(account, yield* prepare(place + 1))
        const canceled = yield* issuer.cancel(account, { accessKey, reason })
        yield* same(`canceled for ${text(reason)}`, canceled.status, "canceled")
      }
    })
  ),

  law("is drawn as a PDF without asking anybody, and differs when it is canceled", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, proxy } = bench
      const { document } = yield* issued(bench)
      const asked = (yield* proxy.exchanges()).length
      const draw = (canceled: boolean) =>
        Effect.map(issuer.render(account, { content: document.content, canceled }), (bytes) =>
          new TextDecoder("latin1").decode(bytes)
        )
      const [valid, canceled] = [yield* draw(false), yield* draw(true)]
      for (const pdf of [valid, canceled]) {
        yield* holds(pdf.startsWith("%PDF-") && pdf.trimEnd().endsWith("%%EOF"), "what is drawn is no PDF")
      }
      yield* holds(valid.length !== canceled.length, "a canceled one is drawn like any other")
      yield* same("requests", (yield* proxy.exchanges()).length, asked)
    })
  ),

  law("of a text that is none is not drawn", ({ account, issuer }: Bench) =>
    Effect.gen(function* () {
      for (const content of ["", "<html/>", "{}", "\u0000"]) {
        const failure = yield* Effect.flip(issuer.render(account, { content, canceled: false }))
        yield* same(`the outcome of ${text(content)}`, failure._tag, "Rejected")
      }
    })
  )
]
