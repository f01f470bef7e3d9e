import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { MemoryProviderCalls } from "@salesos/core/testing"
import { receiver, serve } from "@salesos/simulator-kit/testing"
import { Effect, Layer, Option } from "effect"
import { Mac, SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import * as Simulator from "../simulator/index.ts"
import * as UsdBrl from "../src/index.ts"
import { isGenuine } from "../src/signature.ts"
import document from "./fixtures/document.json" with { type: "json" }
import { account, credentials, request } from "./fixtures/request.ts"

const { body, secret, t, v1 } = document.signature
const utf8 = (text: string) => new TextEncoder().encode(text)
const mac = Layer.provide(Mac.layerWebCrypto, SecureRandom.layerWebCrypto)

/** Whether a header with this value makes the text genuine. */
const genuine = (header: string | undefined, text = body, key = secret, name = "smartfastpay-signature") =>
  Effect.flatMap(Mac.Mac, (service) => isGenuine(service, key, { [name]: header }, utf8(text))).pipe(
    Effect.provide(mac)
  )

describe("a signature", () => {
  it.effect("is taken as the provider makes it, whatever the letters of its header", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* genuine(`t=${t},v1=${v1}`))
      assert.isTrue(yield* genuine(`t=${t}, v1=${v1}`, body, secret, "SmartFastPay-Signature"))
      assert.isTrue(yield* genuine(`v1=${v1},t=${t},v2=more`))
    })
  )

  it.effect("is not taken for another body, time or secret, nor in another form", () =>
    Effect.gen(function* () {
      for (const refused of [
        genuine(`t=${t},v1=${v1}`, `${body} `),
        genuine(`t=${Number(t) + 1},v1=${v1}`),
        genuine(`t=${t},v1=${v1}`, body, "another"),
        genuine(`t=${t},v1=${v1}`, body, ""),
        genuine(`t=${t},v1=${v1.slice(2)}`),
        genuine(`t=${t},v1=xyz`),
        genuine(`t=${t}`),
        genuine(`v1=${v1}`),
        genuine(v1),
        genuine(""),
        genuine(undefined),
        genuine(`t=${t},v1=${v1}`, body, secret, "x-signature")
      ]) {
        assert.isFalse(yield* refused)
      }
    })
  )

  it.effect("that was changed anywhere is not taken", () =>
    Effect.gen(function* () {
      const places = fc.sample(fc.tuple(fc.nat(v1.length - 1), fc.constantFrom(..."0123456789abcdef".split(""))), 100)
      for (const [place, digit] of places) {
        const other = v1.slice(0, place) + digit + v1.slice(place + 1)
        assert.strictEqual(yield* genuine(`t=${t},v1=${other}`), other === v1)
      }
    })
  )
})

describe("a callback of the simulator", () => {
  it.effect("is read where its signature is right, or none is asked for", () =>
    Effect.gen(function* () {
      const signingSecret = "s1gn"
      const { url } = yield* serve(Simulator.layer({ ...credentials, signingSecret }))
      const hook = yield* receiver(200)
      const driver = yield* UsdBrl.make
      const notificationUrl = `${hook.url}?token=0123456789`
      const unsigned = { ...account(url), notificationUrl }
      const { providerId } = yield* driver.createCharge(unsigned, request())
      yield* TestClock.adjust("10 seconds")
      const { headers, text } = yield* hook.take
      const told = (more: Readonly<Record<string, string>>, sent: typeof headers = headers) =>
        Effect.map(
          driver.readNotification({ ...account(url, more), notificationUrl }, sent, utf8(text)),
          Option.map(({ charges }) => charges)
        )
      assert.deepEqual(yield* told({ signingSecret }), Option.some([providerId]))
      assert.deepEqual(yield* told({}), Option.some([providerId]))
      assert.deepEqual(yield* told({}, {}), Option.some([providerId]))
      assert.deepEqual(yield* told({ signingSecret: "another" }), Option.none())
      assert.deepEqual(yield* told({ signingSecret }, {}), Option.none())
    }).pipe(
      Effect.provide(Layer.fresh(Layer.mergeAll(NodeHttpClient.layerUndici, MemoryProviderCalls.accessTokens))),
      Effect.scoped
    )
  )
})
