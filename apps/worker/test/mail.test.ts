/** Letters handed over to a real mail server, and written to a folder. */
import { assert, describe, it } from "@effect/vitest"
import { Mailer } from "@salesos/core"
import { Clock, Effect, Fiber, Option, Redacted, References, Schedule } from "effect"
import * as fc from "fast-check"
import { simpleParser } from "mailparser"
import type { SMTPServerOptions } from "smtp-server"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import type { ConnectionOptions } from "node:tls"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Mail from "../src/Mail.ts"
import * as MailServer from "./support/MailServer.ts"
import { outgoing, paid, payoutReceipt, receipt, taxDocument } from "./support/Outgoing.ts"

const from = "pagamentos@acme.example"

const mailer = (url: string | null, { outbox, tls }: { outbox?: string; tls?: ConnectionOptions } = {}) =>
  Mail.layer(
    {
      smtp: Option.map(Option.fromNullOr(url), (each) => Redacted.make(each)),
      from: Option.some(from),
      outbox: Option.fromUndefinedOr(outbox)
    },
    tls
  )

const send = (letter: Mailer.Outgoing) => Mailer.Mailer.use((each) => each.send(letter))

/** Sends a letter to a server. */
const sendTo = (url: string, letter: Mailer.Outgoing = outgoing(), tls?: ConnectionOptions) =>
  Effect.provide(send(letter), mailer(url, tls === undefined ? {} : { tls }))

const until = (what: string, so: () => boolean) =>
  Effect.sync(so).pipe(
    Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({ duration: "20 seconds", orElse: () => Effect.die(new Error(`${what}: it never came`)) })
  )

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "salesos-letters-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

describe("a letter", () => {
  it.live("arrives as text and HTML, from the tenant's name, under its event's id", () =>
    Effect.gen(function* () {
      const server = yield* MailServer.open()
      yield* sendTo(server.url)
      const [one, ...others] = server.taken
      assert.isEmpty(others)
      const { mail, to, from: envelope } = one ?? assert.fail("nothing arrived")
      assert.deepEqual([envelope, to], [from, ["maria@example.com"]])
      assert.deepEqual(mail.from?.value, [{ name: "Padaria São João", address: from }])
      assert.deepEqual([mail.to].flat()[0]?.value, [{ name: "Maria da Silva", address: "maria@example.com" }])
      assert.strictEqual(mail.messageId, "<evt_01M803YGKFE6B8JJ45NPA6P8HC@acme.example>")
      assert.strictEqual(mail.subject, "Recibo de pagamento INV-2026-000077 · Padaria São João")
      assert.strictEqual(mail.headers.get("auto-submitted"), "auto-generated")
      for (const part of [mail.text, mail.html]) {
        assert.match(String(part), /R\$\s1\.234,56/)
        assert.include(String(part), "28 de novembro de 2026")
        assert.include(String(part), "***982247**")
        assert.include(String(part), "https://pay.example.com/pay/pV2xDKFuGrmrSUHz8OZasA")
      }
    }).pipe(Effect.scoped)
  )

  it.live("is dated by the clock that all processes share, not by its machine's", () =>
    Effect.gen(function* () {
      const server = yield* MailServer.open()
      const newYear = Date.UTC(2027, 0, 1)
      const clock = Clock.Clock.defaultValue()
      clock.currentTimeMillisUnsafe = () => newYear
      yield* Effect.provideService(sendTo(server.url), Clock.Clock, clock)
      assert.strictEqual(server.taken[0]?.mail.date?.getTime(), newYear)
    }).pipe(Effect.scoped)
  )

  it.live("has its files attached, byte by byte", () =>
    Effect.gen(function* () {
      const server = yield* MailServer.open()
      const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<NFSe>${"ação ".repeat(4000)}</NFSe>\n.\n`
      const pdf = Uint8Array.from({ length: 100_000 }, (_, place) => (place * 7919) % 256)
      const attachments = [
        { name: "nfse-INV-2026-000077.xml", type: "application/xml", content: xml },
        { name: "nfse-INV-2026-000077.pdf", type: "application/pdf", content: pdf }
      ] as const
      yield* sendTo(server.url, outgoing({ content: taxDocument, attachments }))
      const found = server.taken[0]?.mail.attachments.map(({ content, contentType, filename }) => ({
        content,
        contentType,
        filename
      }))
      assert.deepEqual(
        found,
        attachments.map(({ content, name, type }) => ({
          content: Buffer.from(content),
          contentType: type,
          filename: name
        }))
      )
    }).pipe(Effect.scoped)
  )

  it.live("is refused for good by a 5xx for its recipient or for itself, and for now by anything else", () =>
    Effect.gen(function* () {
      const codes = [550, 552, 554, 450, 451, 421, 530]
      for (const code of codes) {
        const server = yield* MailServer.open({
          onRecipient: () => MailServer.refusal(code, "No such maria@example.com")
        })
        const { permanent, summary } = yield* Effect.flip(sendTo(server.url))
        assert.deepEqual([code, permanent], [code, code >= 550])
        assert.include(summary, `${code}`)
        assert.notInclude(summary, "maria")
      }
      const whole = yield* MailServer.open({ onMessage: async () => MailServer.refusal(554, "Looks like spam") })
      assert.isTrue((yield* Effect.flip(sendTo(whole.url))).permanent)
      const busy = yield* MailServer.open({ onMessage: async () => MailServer.refusal(452, "Full") })
      assert.isFalse((yield* Effect.flip(sendTo(busy.url))).permanent)
      const sender = yield* MailServer.open(
        {},
        { onMailFrom: (_, __, done) => done(MailServer.refusal(550, "Not you")) }
      )
      assert.isFalse((yield* Effect.flip(sendTo(sender.url))).permanent)
    }).pipe(Effect.scoped)
  )

  it.live("is not sent for now where nobody listens", () =>
    Effect.gen(function* () {
      const { url } = yield* Effect.scoped(MailServer.open())
      const { permanent, summary } = yield* Effect.flip(sendTo(url))
      assert.isFalse(permanent)
      assert.include(summary, "ESOCKET")
    })
  )

  it.live("goes by TLS from the start or by STARTTLS, with user and password, to a server that proves who it is", () =>
    Effect.gen(function* () {
      const { cert, key } = MailServer.certificate()
      const options: SMTPServerOptions = {
        cert,
        key,
        disabledCommands: [],
        authOptional: false,
        onAuth: ({ password, username }, _, done) =>
          username === "acme" && password === "p@ss:word"
            ? done(null, { user: "acme" })
            : done(MailServer.refusal(535, "Wrong password"))
      }
      const trusted = { ca: cert }
      const start = yield* MailServer.open({}, options)
      const tls = yield* MailServer.open({}, { ...options, secure: true })
      const [plain, secure] = [
        `smtp://acme:p%40ss%3Aword@127.0.0.1:${start.port}`,
        `smtps://acme:p%40ss%3Aword@127.0.0.1:${tls.port}`
      ]
      yield* sendTo(plain, outgoing(), trusted)
      yield* sendTo(secure, outgoing(), trusted)
      for (const { taken } of [start, tls]) {
        assert.deepEqual(
          taken.map(({ secure, user }) => [secure, user]),
          [[true, "acme"]]
        )
      }
      for (const url of [plain, secure]) assert.isFalse((yield* Effect.flip(sendTo(url))).permanent) // nobody vouches for it
      const wrong = yield* Effect.flip(sendTo(plain.replace("word", "wort"), outgoing(), trusted))
      assert.isFalse(wrong.permanent)
      assert.include(wrong.summary, "535")
      // A server without TLS is not told the password.
      const bare = yield* MailServer.open({}, { ...options, disabledCommands: ["STARTTLS"], allowInsecureAuth: true })
      assert.isFalse((yield* Effect.flip(sendTo(`smtp://acme:p%40ss%3Aword@127.0.0.1:${bare.port}`))).permanent)
      assert.deepEqual([start.taken.length, tls.taken.length, bare.taken.length], [1, 1, 0])
    }).pipe(Effect.scoped)
  )

  it.live("is not handed over any more once it was broken off", () =>
    Effect.gen(function* () {
      const answers: Array<() => void> = []
      const server = yield* MailServer.open({
        onMessage: () => new Promise((resolve) => answers.push(() => resolve(undefined)))
      })
      const sending = yield* Effect.forkChild(sendTo(server.url))
      yield* until("the message", () => answers.length === 1)
      yield* Fiber.interrupt(sending)
      yield* until("the end of the connection", () => server.closed() === 1)
      for (const answer of answers) answer()
      assert.strictEqual(server.connections(), 1)
    }).pipe(Effect.scoped)
  )

  it.live("of the sandbox never reaches a server: it is written to a folder, once, and says that it is a test", () =>
    Effect.gen(function* () {
      const server = yield* MailServer.open()
      const outbox = join(yield* folder, "new", "outbox")
      const letter = outgoing({ environment: "sandbox", content: receipt(paid({ sandbox: true })) })
      yield* Effect.provide(Effect.andThen(send(letter), send(letter)), mailer(server.url, { outbox }))
      assert.strictEqual(server.connections(), 0)
      assert.deepEqual(yield* Effect.promise(() => readdir(outbox)), [`${letter.id}.eml`])
      const mail = yield* Effect.promise(async () => simpleParser(await readFile(join(outbox, `${letter.id}.eml`))))
      assert.match(mail.subject ?? "", /^\[Teste\] Recibo de pagamento/)
      for (const part of [mail.text, mail.html]) assert.include(String(part), "Ambiente de testes")
      const without = yield* Effect.provide(Effect.flip(send(letter)), mailer(server.url))
      assert.isFalse(without.permanent)
      assert.strictEqual(server.connections(), 0)
    }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "None"))
  )
})

/** Text as hostile as it comes: lines and headers of its own, markup, marks of direction, half characters. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\r\n",
        "\n",
        "\r",
        "\r\nBcc: eve@evil.example",
        "\nSubject: x",
        "\r\n\r\n<script>alert(1)</script>",
        "<b>"
      ),
      fc.constantFrom(
        "\u202e",
        "\u0000",
        "\ud800",
        "👨‍👩‍👧‍👦",
        "<eve@evil.example>",
        '"',
        "=?utf-8?Q?=0D=0ABcc:?=",
        "a".repeat(300)
      ),
      fc.string({ unit: "binary", maxLength: 20 })
    ),
    { minLength: 1, maxLength: 8 }
  )
  .map((parts) => parts.join(""))

describe("whatever names and descriptions say", () => {
  it.live(
    "a letter goes to its recipient alone, under one subject of at most 78 characters, and has no markup of theirs",
    () =>
      Effect.gen(function* () {
        const outbox = yield* folder
        const written = Effect.fnUntraced(function* (letter: Mailer.Outgoing) {
          yield* Effect.provide(send(letter), mailer(null, { outbox }))
          const raw = yield* Effect.promise(() => readFile(join(outbox, `${letter.id}.eml`)))
          return { raw: raw.toString("latin1"), mail: yield* Effect.promise(() => simpleParser(raw)) }
        })
        const check = (text: string, language: "pt-BR" | "en", content: Mailer.Outgoing["content"]) =>
          Effect.gen(function* () {
            const to = { name: text, address: "maria@example.com" }
            const letter = outgoing({ environment: "sandbox", sender: text, to, language, content })
            const { mail, raw } = yield* written(letter)
            const names = raw
              .slice(0, raw.indexOf("\r\n\r\n"))
              .replaceAll(/\r\n[ \t]+/g, " ")
              .split("\r\n")
              .map((line) => line.split(":")[0]?.toLowerCase())
            assert.sameMembers(names, [
              "auto-submitted",
              "content-language",
              "content-type",
              "date",
              "from",
              "message-id",
              "mime-version",
              "subject",
              "to"
            ])
            assert.deepEqual(
              [mail.to].flat().flatMap((each) => each?.value.map(({ address }) => address)),
              ["maria@example.com"]
            )
            assert.deepEqual(
              mail.from?.value.map(({ address }) => address),
              [from]
            )
            assert.isAtMost((mail.subject ?? "").length, 78)
            assert.notMatch(mail.subject ?? "", /[\r\n\u202e]/)
            assert.notMatch(String(mail.html), /<(script|b|eve)\b/i)
            assert.isUndefined(mail.bcc)
          })
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(hostile, fc.constantFrom("pt-BR" as const, "en" as const), async (text, language) => {
              const invoice = paid({
                sandbox: true,
                description: text,
                ourNumber: text,
                customer: { name: text, document: null }
              })
              const person = { name: text, document: null }
              for (const content of [
                receipt(invoice),
                { ...payoutReceipt, beneficiary: person } as Mailer.Outgoing["content"]
              ]) {
                await Effect.runPromise(
                  Effect.provideService(check(text, language, content), References.MinimumLogLevel, "None")
                )
              }
            }),
            { numRuns: 150 }
          )
        )
      }).pipe(Effect.scoped),
    60_000
  )
})
