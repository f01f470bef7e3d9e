/** Running what an operator wants: with the gateway's ports, and with an entry in the audit log before and after every act. */
import { Config, Gateway } from "@salesos/app-wiring"
import type { Owner } from "@salesos/core"
import { AuditLog, Client, DatabaseClock } from "@salesos/store-postgres"
import { DateTime, Effect, Exit, Layer, Predicate, Schema } from "effect"
import { randomUUID } from "node:crypto"
import { hostname, userInfo } from "node:os"

/** What went wrong, for people. */
export class Failed extends Schema.TaggedError<Failed>()("Failed", { message: Schema.String }) {}

const configured = <A>(config: Effect.Effect<A, Config.BadConfiguration>) =>
  Effect.mapError(config, ({ message }) => new Failed({ message }))

/** Gives an effect the gateway's ports, by the same variables as the other processes. */
export const withGateway = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(configured(Config.load), (config) =>
    Effect.provide(effect, Gateway.layer({ ...config, maxConnections: 4 }, "salesos-admin"))
  )

/** Gives an effect the database alone: for what needs no key. */
export const withDatabase = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(configured(Config.databaseUrl), (url) => {
    const client = Client.layer({ url, applicationName: "salesos-admin", maxConnections: 2 })
    return Effect.provide(
      effect,
      AuditLog.AuditLog.layer.pipe(Layer.provideMerge(DatabaseClock.layer), Layer.provideMerge(client))
    )
  })

/** What is written about an act. */
export interface Act {
  /** The command. */
  readonly action: string
  readonly owner?: Owner.Owner
  /** The id of what it is about. */
  readonly subject?: string
  /** No secret, and nothing of a person's. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}

const actor = `operator:${userInfo().username}@${hostname()}`

/** What an error says in the log: its kind. Its message may be about somebody. */
const kindOf = (error: unknown): string => (Predicate.hasProperty(error, "_tag") ? String(error._tag) : "Defect")

/** Carries an act out, with an entry before it begins and one when it ended. An act that can't be written down is not done. */
export const audited = <A, E, R>({ action, detail = {}, owner, subject }: Act, act: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const log = yield* AuditLog.AuditLog
    const request = `act_${randomUUID().replaceAll("-", "")}`
    const write = (outcome: string, more: Act["detail"] = {}) =>
      Effect.flatMap(DateTime.now, (happenedAt) =>
        log.write({
          happenedAt,
          owner: owner ?? null,
          actor,
          address: null,
          action,
          subject: subject ?? null,
          outcome,
          request,
          idempotency: null,
          detail: { ...detail, ...more }
        })
      )
    yield* write("started")
    return yield* Effect.onExit(act, (exit) =>
      Exit.match(exit, {
        onSuccess: () => write("done"),
        onFailure: (cause) =>
          write("failed", {
            error: cause.reasons.map((each) => (each._tag === "Fail" ? kindOf(each.error) : each._tag)).join()
          })
      })
    )
  })

/** A new idempotency key, for use cases that want one: an operator's command is not sent twice by a network. */
export const onceOnly = Effect.sync(() => randomUUID())
