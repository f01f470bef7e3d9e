/** A server that takes mail, over real sockets, and what it has taken. */
import { Effect } from "effect"
import { type ParsedMail, simpleParser } from "mailparser"
import forge from "node-forge"
import { SMTPServer, type SMTPServerOptions } from "smtp-server"

export interface Taken {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly secure: boolean
  readonly user: unknown
  readonly raw: string
  readonly mail: ParsedMail
}

export const refusal = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })

/** What a test makes of the server's steps. Each may refuse by an error, or wait. */
export interface Steps {
  readonly onRecipient?: (address: string) => Error | undefined
  readonly onMessage?: (taken: Taken) => Promise<Error | undefined>
}

/** A certificate for 127.0.0.1 that is signed by itself, and its key. */
export const certificate = () => {
  const keys = forge.pki.rsa.generateKeyPair(2048)
  const made = forge.pki.createCertificate()
  made.publicKey = keys.publicKey
  made.serialNumber = "01"
  made.validity.notBefore = new Date(Date.now() - 3_600_000)
  made.validity.notAfter = new Date(Date.now() + 24 * 3_600_000)
  const name = [{ name: "commonName", value: "127.0.0.1" }]
  made.setSubject(name)
  made.setIssuer(name)
  made.setExtensions([
    { name: "basicConstraints", cA: true },
    { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }
  ])
  made.sign(keys.privateKey, forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(made), key: forge.pki.privateKeyToPem(keys.privateKey) }
}

/** Opens a server that ends with the scope. It speaks neither TLS nor asks for a password unless told so. */
export const open = Effect.fnUntraced(function* (steps: Steps = {}, options: SMTPServerOptions = {}) {
  const taken: Array<Taken> = []
  let connections = 0
  let closed = 0
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    authOptional: true,
    closeTimeout: 50,
    ...options,
    onConnect: (_, done) => {
      connections += 1
      done()
    },
    onClose: () => void (closed += 1),
    onRcptTo: ({ address }, _, done) => done(steps.onRecipient?.(address)),
    onData: (stream, { envelope, secure, user }, done) => {
      const chunks: Array<Uint8Array> = []
      stream.on("data", (chunk: Uint8Array) => chunks.push(chunk))
      stream.once("end", () => {
        const raw = Buffer.concat(chunks)
        void simpleParser(raw).then(async (mail) => {
          const one: Taken = {
            from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
            to: envelope.rcptTo.map(({ address }) => address),
            secure,
            user,
            raw: raw.toString("utf8"),
            mail
          }
          const refused = await steps.onMessage?.(one)
          if (refused === undefined) taken.push(one)
          done(refused)
        })
      })
    }
  })
  server.on("error", () => undefined) // a connection that was broken off
  const port = yield* Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<number>((resolve) => {
          const listening = server.listen(0, "127.0.0.1", () => {
            const address = listening.address()
            resolve(typeof address === "object" && address !== null ? address.port : 0)
          })
        })
    ),
    () => Effect.promise(() => new Promise<void>((resolve) => server.close(() => resolve())))
  )
  return { port, url: `smtp://127.0.0.1:${port}`, taken, connections: () => connections, closed: () => closed }
})
