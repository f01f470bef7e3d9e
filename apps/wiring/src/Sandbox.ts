/**
 * What the sandbox is asked to do, done at an account's simulator. Where that is told what to do says the account's setting
 * `controlUrl`; below it every simulator has `POST charges/{id}/{pay,expire,chargeback}` and `POST payouts/{id}/return`.
 */
import { Provider, Sandbox } from "@salesos/core"
import { Effect, Layer } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"

/** The setting of a provider account that says where its simulator is told what to do. */
export const setting = "controlUrl"

export const layer = Layer.effect(
  Sandbox.Sandbox,
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient

    const act = Effect.fnUntraced(function* (
      { environment, name, settings }: Provider.ProviderAccount,
      what: "charges" | "payouts",
      providerId: string,
      action: Sandbox.ChargeAction | Sandbox.PayoutAction
    ) {
      const url = settings[setting]
      if (url === undefined || environment !== "sandbox") {
        return yield* new Sandbox.NotSimulated({ message: `The provider account ${name} has no simulator` })
      }
      const { status } = yield* client
        .execute(HttpClientRequest.post(`${url}/${what}/${encodeURIComponent(providerId)}/${action}`))
        .pipe(Effect.mapError(() => new Provider.Unknown({ message: "The simulator does not answer" })))
      if (status < 300) return
      if (status === 404 || status === 409) {
        return yield* new Sandbox.ActionRefused({ message: "The simulator refuses that: its state does not allow it" })
      }
      return yield* status === 503
        ? new Provider.Unavailable({ message: "The simulator is down" })
        : new Provider.Unknown({ message: `The simulator answers ${status}` })
    }, Effect.scoped)

    return Sandbox.Sandbox.of({
      actOnCharge: (account, providerId, action) => act(account, "charges", providerId, action),
      actOnPayout: (account, providerId, action) => act(account, "payouts", providerId, action)
    })
  })
)
