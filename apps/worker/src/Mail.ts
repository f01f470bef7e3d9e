/** Carrying letters: live ones by SMTP, those of the sandbox into a folder, never further. */
import { Mailer, type Owner } from "@salesos/core"
import { DateTime, Effect, Layer, Option, Predicate, Redacted } from "effect"
import { createTransport, type SendMailOptions } from "nodemailer"
import type { ConnectionOptions } from "node:tls"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { MailConfig } from "./Config.ts"
import { oneLine, write } from "./letters/Letter.ts"
import { markup } from "./letters/Markup.ts"
import { plain } from "./letters/Plain.ts"

/** No more of a name is shown anywhere. */
const nameLength = 64

/** Content comes from the letter alone: no text in it may name a file or an address to be read. */
const closed = { disableFileAccess: true, disableUrlAccess: true }

/** A letter as `nodemailer` takes it. The Message-ID is the event's, on every try. */
const message = (from: string, letter: Mailer.Outgoing, date: Date): SendMailOptions => {
  const written = write(letter)
  return {
    date,
    messageId: `<${letter.id}@${from.slice(from.lastIndexOf("@") + 1)}>`,
    from: { name: oneLine(letter.sender, nameLength), address: from },
    to: { name: oneLine(letter.to.name, nameLength), address: letter.to.address },
    subject: written.subject,
    // Nobody's absence is answered to (RFC 3834).
    headers: { "Auto-Submitted": "auto-generated", "Content-Language": letter.language },
    text: plain(written),
    html: markup(written),
    attachments: letter.attachments.map(({ content, name, type }) => ({
      filename: name,
      contentType: type,
      content: Buffer.from(content)
    }))
  }
}

/** Answers to whoever has not signed in, or not encrypted: they are about us, whichever command they answer. */
const aboutUs: ReadonlyArray<unknown> = [503, 530, 535, 538]

/** A 5xx for the recipient or the message. Whatever else goes wrong may be put right. */
const isPermanent = (error: unknown): boolean =>
  Predicate.hasProperty(error, "command") &&
  (error.command === "RCPT TO" || error.command === "DATA") &&
  Predicate.hasProperty(error, "responseCode") &&
  typeof error.responseCode === "number" &&
  error.responseCode >= 500 &&
  !aboutUs.includes(error.responseCode)

const notSent = (error: unknown): Mailer.NotSent => {
  const told = ["code", "command", "responseCode"].flatMap((field) => {
    const value = Predicate.hasProperty(error, field) ? error[field] : undefined
    return typeof value === "string" || typeof value === "number" ? [value] : []
  })
  return new Mailer.NotSent({
    permanent: isPermanent(error),
    summary: told.join(" ") || "It could not be sent",
    message: error instanceof Error ? error.message : String(error)
  })
}

type Send = Mailer.Mailer["Service"]["send"]

/** How long the server may be silent, in milliseconds. The letter's own deadline ends a connection, too. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 }

/** Sends by a server: one connection for each letter. A password is told over TLS only. */
const bySmtp = (url: URL, from: string, tls: ConnectionOptions): Send => {
  const secure = url.protocol === "smtps:"
  const credentials =
    url.username === ""
      ? {}
      : {
          auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
          requireTLS: !secure
        }
  const transport = createTransport({
    host: url.hostname.replaceAll(/[[\]]/g, ""),
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    secure,
    tls,
    ...credentials,
    ...patience,
    ...closed
  })
  return (letter) =>
    Effect.flatMap(DateTime.nowAsDate, (date) =>
      Effect.tryPromise({
        try: (signal) => transport.sendMail({ ...message(from, letter, date), signal }),
        catch: notSent
      })
    )
}

/** Writes a letter as a file `<event>.eml`, whole or not at all; the same letter again is the same file. */
const byFile = (directory: string, from: string): Send => {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "windows", ...closed })
  return (letter) =>
    Effect.gen(function* () {
      const path = join(directory, `${letter.id}.eml`)
      const date = yield* DateTime.nowAsDate
      yield* Effect.tryPromise({
        try: async () => {
          const { message: composed } = await transport.sendMail(message(from, letter, date))
          await mkdir(directory, { recursive: true })
          await writeFile(`${path}.part`, composed)
          await rename(`${path}.part`, path)
        },
        catch: notSent
      })
      yield* Effect.logInfo(`Letter written to ${path}`)
    })
}

/** Whom letters of the sandbox are from while no address is configured. */
const nobody = "no-reply@salesos.invalid"

/** Carries letters of the environments that there is a way for. `tls` is for servers with certificates of their own. */
export const layer = ({ from, outbox, smtp }: MailConfig, tls: ConnectionOptions = {}) =>
  Layer.sync(Mailer.Mailer, () => {
    const address = Option.getOrElse(from, () => nobody)
    const ways = new Map<Owner.Environment, Send>()
    if (Option.isSome(smtp)) ways.set("live", bySmtp(new URL(Redacted.value(smtp.value)), address, tls))
    if (Option.isSome(outbox)) ways.set("sandbox", byFile(outbox.value, address))
    return Mailer.Mailer.of({
      carries: [...ways.keys()],
      send: (letter) =>
        ways.get(letter.environment)?.(letter) ?? Effect.fail(notSent(new Error("There is no way to send it")))
    })
  })
