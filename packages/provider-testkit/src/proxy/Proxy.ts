/**
 * A fault-injecting HTTP proxy before a provider, and behind it: what the gateway asks and what the provider notifies
 * both pass here, and go wrong by script or by chance. It counts what passed.
 *
 * It never repeats a request that it was not told to repeat, and what has arrived is passed on even when the caller has
 * gone: a provider that has read a request goes on with it.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { Socket } from "node:net"
import { Deferred, Effect, Exit, FiberSet, type Scope } from "effect"
import { type Arrival, type Direction, type Exchange, type Match, matches } from "./Exchange.ts"
import type { Answer, Fault } from "./Fault.ts"
import * as Log from "./Log.ts"
import * as Script from "./Script.ts"
import * as Wire from "./Wire.ts"

export interface Options {
  /** The provider's base URL; what is asked of the proxy is asked below it. */
  readonly target: string
  /** How many exchanges are remembered, the newest; a thousand unless given. */
  readonly remembered?: number
  /** For a provider that speaks TLS and asks for a certificate. */
  readonly tls?: Tls
}

/** Both ends of mutual TLS, in PEM. */
export interface Tls {
  /** The authority that both ends trust. */
  readonly ca: string
  /** What callers of the proxy are shown. Only those with a certificate by the authority are let in. */
  readonly server: Wire.Pair
  /** What the target is shown. */
  readonly client: Wire.Pair
}

export interface Proxy {
  /** Ask here instead of the target. */
  readonly url: string
  /** An address that passes on to `url`, to be notified at. */
  readonly callback: (url: string) => string
  /** The fault of the next exchanges that match, one unless told otherwise. Earlier rules go first. */
  readonly on: (match: Match, fault: Fault, times?: number) => Effect.Effect<void>
  /** The faults of the next requests, whatever they are, one after the other. */
  readonly next: (...faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  /** Faults by chance from here on, or none. */
  readonly chaos: (chaos: Script.Chaos | null) => Effect.Effect<void>
  /** Takes back all rules and chance. What is held stays held. */
  readonly calm: Effect.Effect<void>
  /** Runs an effect while connections are refused. */
  readonly refusing: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** The exchanges it remembers that match, oldest first. */
  readonly exchanges: (match?: Match) => Effect.Effect<ReadonlyArray<Exchange>>
  readonly counts: Effect.Effect<Log.Counts>
  /** How many exchanges there are whose receiver is still to have them, or to answer. What is held for ever is none of them. */
  readonly underway: Effect.Effect<number>
  /** Waits until an exchange that matches is there of which something is so. */
  readonly until: (match: Match, so: (exchange: Exchange) => boolean) => Effect.Effect<Exchange>
}

const callbacks = "/.callbacks/"

/** Opens a proxy on a free port of this machine; it closes with the scope, whatever is under way. */
export const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Proxy, never, Scope.Scope> {
  const { tls } = options
  const script = Script.make()
  const fibers = yield* FiberSet.make<void>()
  const run = yield* FiberSet.runtime(fibers)<never>()
  const addresses: Array<string> = []
  const log = Log.make(options.remembered ?? 1000)
  let overtaking: ReadonlyArray<{ number: number; direction: Direction; overtaken: Deferred.Deferred<void> }> = []

  const receiver = ({ direction, path }: Arrival): string => {
    if (direction === "request") return `${options.target.replace(/\/$/, "")}${path}`
    const [, place = "", rest = ""] = /^(\d+)(.*)$/.exec(path.slice(callbacks.length)) ?? []
    return `${addresses[Number(place)] ?? ""}${rest}`
  }

  /** Asks the receiver, and lets those go that wait to be overtaken. */
  const passOn = Effect.fnUntraced(function* (arrival: Arrival) {
    const answer = yield* Wire.ask(
      receiver(arrival),
      arrival.method,
      arrival.headers,
      arrival.body,
      tls && { ...tls.client, ca: tls.ca }
    )
    if (answer !== null) {
      log.note(arrival.number, (before) => ({ answers: [...before.answers, answer] }))
    }
    const overtaken = overtaking.filter(
      ({ direction, number }) => direction === arrival.direction && number < arrival.number
    )
    overtaking = overtaking.filter((each) => !overtaken.includes(each))
    for (const each of overtaken) Deferred.doneUnsafe(each.overtaken, Exit.void)
    return answer
  })

  const serve = Effect.fnUntraced(function* (arrival: Arrival, fault: Fault, response: ServerResponse) {
    const { number } = arrival
    const here = (): boolean => !response.destroyed
    const hangUp = Effect.sync(() => {
      if (!here()) return
      log.note(number, () => ({ state: "hungUp" }))
      response.destroy()
    })
    /** A receiver that does not answer is a connection that breaks. */
    const give = (answer: Answer | null, part?: number) =>
      answer === null
        ? hangUp
        : Effect.sync(() => {
            if (!here()) return
            log.note(number, () => ({ state: "answered", given: answer }))
            if (part === undefined) Wire.give(response, answer)
            else Wire.giveInPart(response, answer, part)
          })
    switch (fault._tag) {
      case "Pass":
        return yield* give(yield* passOn(arrival))
      case "Delay": {
        yield* Effect.sleep(fault.before ?? 0)
        const answer = yield* passOn(arrival)
        yield* Effect.sleep(fault.after ?? 0)
        return yield* give(answer)
      }
      case "Meanwhile":
        return yield* Effect.andThen(Effect.ignore(fault.effect), Effect.flatMap(passOn(arrival), give))
      case "DropRequest":
        return yield* hangUp
      case "DropAnswer":
        return yield* Effect.andThen(passOn(arrival), hangUp)
      case "HoldRequest":
        return
      case "HoldAnswer":
        return yield* Effect.asVoid(passOn(arrival))
      case "Instead":
        return yield* give(fault.answer)
      case "AnswerInstead":
        return yield* Effect.andThen(passOn(arrival), give(fault.answer))
      case "Truncate":
        return yield* give(yield* passOn(arrival), fault.part)
      case "Malform": {
        const answer = yield* passOn(arrival)
        return yield* give(answer && { ...answer, body: `<html>${answer.body}` })
      }
      case "Rewrite": {
        const answer = yield* passOn(arrival)
        return yield* give(answer && fault.rewrite(answer))
      }
      case "Duplicate": {
        const answer = yield* passOn(arrival)
        yield* passOn(arrival)
        return yield* give(answer)
      }
      case "Reorder": {
        const overtaken = Deferred.makeUnsafe<void>()
        overtaking = [...overtaking, { number, direction: arrival.direction, overtaken }]
        yield* give({ status: 202, headers: {}, body: "" })
        yield* Effect.raceFirst(Deferred.await(overtaken), Effect.sleep(fault.atMost))
        return yield* Effect.asVoid(passOn(arrival))
      }
    }
  })

  const arrived = (message: IncomingMessage, response: ServerResponse, body: string): void => {
    const path = message.url ?? "/"
    const arrival: Arrival = {
      number: log.arrived() + 1,
      direction: path.startsWith(callbacks) ? "callback" : "request",
      method: message.method ?? "",
      path,
      headers: Wire.headersOf(message.headers),
      body
    }
    const fault = script.take(arrival)
    log.enter({ ...arrival, fault, answers: [], state: "underway", given: null })
    response.on("close", () => log.note(arrival.number, ({ state }) => (state === "underway" ? { state: "left" } : {})))
    run(serve(arrival, fault, response))
  }

  const listener: RequestListener = (message, response) =>
    Wire.readBody(
      message,
      (body) => arrived(message, response, body),
      () => response.destroy()
    )
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ ...tls.server, ca: tls.ca, requestCert: true, ALPNProtocols: ["http/1.1"] }, listener)
  // A held answer is held for as long as the caller waits.
  server.requestTimeout = 0
  const sockets = new Set<Socket>()
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })

  const listen = (port: number) =>
    Effect.callback<number>((resume) => {
      server.once("error", (error) => resume(Effect.die(error)))
      server.listen(port, "127.0.0.1", () => {
        server.removeAllListeners("error")
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    })
  const close = Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
    for (const socket of sockets) socket.destroy()
  })

  const port = yield* Effect.acquireRelease(listen(0), () => close)
  const url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`

  return {
    url,
    callback: (address) => {
      const known = addresses.indexOf(address)
      return `${url}${callbacks}${known === -1 ? addresses.push(address) - 1 : known}`
    },
    on: (match, fault, times = 1) => Effect.sync(() => script.add({ match, fault, times })),
    next: (...faults) =>
      Effect.sync(() => {
        for (const fault of faults) script.add({ match: { direction: "request" }, fault, times: 1 })
      }),
    chaos: (chaos) => Effect.sync(() => script.chance(chaos)),
    calm: Effect.sync(script.clear),
    refusing: (effect) =>
      Effect.acquireUseRelease(
        close,
        () => effect,
        () => listen(port)
      ),
    exchanges: (match = {}) => Effect.sync(() => log.all().filter((each) => matches(match, each))),
    counts: Effect.sync(log.counts),
    underway: FiberSet.size(fibers),
    until: (match, so) => log.until((exchange) => matches(match, exchange) && so(exchange))
  }
})
