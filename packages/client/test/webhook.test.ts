/** Verifying deliveries, with Stripe's own library as the other side: its scheme is the same but for the header's name. */
import { Webhook } from "@salesos/client"
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { createHmac } from "node:crypto"
import Stripe from "stripe"

const secret = "whsec_6b5e9cf44c0e4d0b9d538f5d2f1e7a10"
const now = new Date("2026-11-21T20:00:00.900Z")
const unix = Math.floor(now.getTime() / 1000)
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000)

const event = {
  id: "evt_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
  type: "invoice.paid",
  created_at: "2026-11-21T20:00:00.000Z",
  livemode: false,
  data: { object: { id: "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", object: "invoice", description: "Ação – R$ 1 🙂" } }
}
const payload = JSON.stringify(event)

/** By the words of the documentation, without the code under test. */
const documented = (body: string, key: string, time: number): string =>
  `t=${time},v1=${createHmac("sha256", Buffer.from(key, "utf8")).update(`${time}.${body}`, "utf8").digest("hex")}`

const header = documented(payload, secret, unix)

const reasonOf = (options: Webhook.VerifyOptions): Promise<Webhook.Reason | "accepted"> =>
  Webhook.verify(options).then(
    () => "accepted" as const,
    (error: unknown) => {
      assert.instanceOf(error, Webhook.WebhookError)
      return error.reason
    }
  )

const bodies = fc.record({
  id: fc.string(),
  type: fc.string(),
  created_at: fc.string(),
  livemode: fc.boolean(),
  data: fc.record({ object: fc.dictionary(fc.string(), fc.string({ unit: "grapheme" })) })
})
const secrets = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text.trim() !== "")

describe("a delivery is accepted", () => {
  it("and its event read, from text or bytes", async () => {
    const bytes = new TextEncoder().encode(payload)
    for (const each of [payload, bytes, Buffer.from(payload), bytes.slice().buffer])
      expect(await Webhook.verify({ payload: each, header, secret, now })).toEqual(event)
  })

  it("when it was signed as documented", async () => {
    expect(await Webhook.sign({ payload, secret, now })).toBe(header)
  })

  it("when Stripe's library signed it", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, secrets, async (body, key) => {
        const text = JSON.stringify(body)
        const signed = Stripe.webhooks.generateTestHeaderString({ payload: text, secret: key, timestamp: unix })
        expect(await Webhook.verify({ payload: text, header: signed, secret: key, now })).toEqual(JSON.parse(text))
      })
    )
  })

  it("by Stripe's library when this one signed it", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, secrets, async (body, key) => {
        const text = JSON.stringify(body)
        const signed = await Webhook.sign({ payload: text, secret: key })
        expect(Stripe.webhooks.constructEvent(text, signed, key)).toEqual(JSON.parse(text))
      })
    )
  })

  it("while a secret is being rotated, on either side", async () => {
    const rotating = await Webhook.sign({ payload, secret: ["the new secret", secret], now })
    expect(rotating.match(/v1=/g)).toHaveLength(2)
    expect(await reasonOf({ payload, header: rotating, secret, now })).toBe("accepted")
    expect(await reasonOf({ payload, header: rotating, secret: "the new secret", now })).toBe("accepted")
    expect(await reasonOf({ payload, header, secret: ["the new secret", secret], now })).toBe("accepted")
    expect(await reasonOf({ payload, header: rotating, secret: ["a third secret"], now })).toBe("no_match")
    expect(Stripe.webhooks.constructEvent(payload, rotating, secret, 300, undefined, unix)).toEqual(event)
  })

  it("with a kind of signature that is not known yet beside the one that is", async () => {
    expect(await reasonOf({ payload, header: `${header},v2=abc`, secret, now })).toBe("accepted")
  })

  it("with fields that are not known yet", async () => {
    const text = JSON.stringify({ ...event, api_version: "2" })
    const signed = documented(text, secret, unix)
    expect(await Webhook.verify({ payload: text, header: signed, secret, now })).toEqual(event)
  })

  it.effect("by the clock of Effect", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now.getTime())
      const signed = yield* Webhook.signEffect({ payload, secret })
      expect(signed).toBe(header)
      expect(yield* Webhook.verifyEffect({ payload, header: signed, secret })).toEqual(event)
      yield* TestClock.adjust("301 seconds")
      const late = yield* Effect.flip(Webhook.verifyEffect({ payload, header: signed, secret }))
      expect(late).toMatchObject({ _tag: "WebhookError", reason: "too_old" })
    })
  )
})

describe("a delivery is refused", () => {
  it("when any byte of its body is changed", async () => {
    const bytes = Buffer.from(payload)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const changed = Buffer.from(bytes)
        changed.writeUInt8((bytes.readUInt8(place) + change) % 256, place)
        expect(await reasonOf({ payload: changed, header, secret, now })).toBe("no_match")
      }),
      { numRuns: 500 }
    )
  })

  it("when any byte of its header is changed into any other", async () => {
    for (let place = 0; place < header.length; place++) {
      for (let code = 0; code < 128; code++) {
        const changed = header.slice(0, place) + String.fromCharCode(code) + header.slice(place + 1)
        const expected = changed === header ? ["accepted"] : ["no_match", "malformed_header"]
        expect(expected).toContain(await reasonOf({ payload, header: changed, secret, now }))
      }
    }
  })

  it("when a byte of it is cut off or added", async () => {
    for (const each of [payload.slice(1), payload.slice(0, -1), `${payload} `, `\ufeff${payload}`, ""])
      expect(await reasonOf({ payload: each, header, secret, now })).toBe("no_match")
  })

  it("when it was signed with another secret", async () => {
    await fc.assert(
      fc.asyncProperty(secrets, async (other) => {
        fc.pre(other !== secret)
        expect(await reasonOf({ payload, header: documented(payload, other, unix), secret, now })).toBe("no_match")
      })
    )
  })

  it.each([
    ["exactly old enough", 300, "accepted"],
    ["a second too old", 301, "too_old"],
    ["exactly new enough", -300, "accepted"],
    ["a second too new", -301, "too_new"],
    ["years old", 100_000_000, "too_old"]
  ])("by its time on both sides: %s", async (_, age, expected) => {
    expect(await reasonOf({ payload, header, secret, now: at(age) })).toBe(expected)
  })

  it.each([
    [0, 0, "accepted"],
    [0, 1, "too_old"],
    [10, 11, "too_old"],
    [Number.POSITIVE_INFINITY, 1e9, "accepted"],
    [Number.NaN, 0, "too_old"]
  ])("by a tolerance of %d seconds after %d", async (tolerance, age, expected) => {
    expect(await reasonOf({ payload, header, secret, tolerance, now: at(age) })).toBe(expected)
  })

  it("by a time that is none", async () => {
    expect(await reasonOf({ payload, header, secret, now: new Date(Number.NaN) })).toBe("too_old")
  })

  it.each([undefined, null, ""])("without a header: %s", async (missing) => {
    expect(await reasonOf({ payload, header: missing, secret, now })).toBe("missing_header")
  })

  const signature = header.slice(header.indexOf("v1="))
  it.each([
    "nonsense",
    signature,
    `t=${unix}`,
    `t=${unix},t=${unix},${signature}`,
    `t=-${unix},${signature}`,
    `t=${unix}.0,${signature}`,
    `t=1e9,${signature}`,
    `t=,${signature}`,
    `t=${unix};${signature}`,
    `t=${unix},v1=${signature.slice(3).toUpperCase()}`,
    `t=${unix},v1=`,
    `t=${unix},v1=zz`,
    `t=${unix},${signature}00`,
    `t=${unix},v0=${signature.slice(3)}`
  ])("with a header that is not of the form: %s", async (malformed) => {
    expect(await reasonOf({ payload, header: malformed, secret, now })).toBe("malformed_header")
  })

  it.each([[""], [[]], [["", secret]]])("without a secret: %j", async (missing) => {
    expect(await reasonOf({ payload, header: documented(payload, "", unix), secret: missing, now })).toBe(
      "missing_secret"
    )
  })

  it("when it is no event, though it is signed", async () => {
    for (const text of ["null", "{}", "not JSON", JSON.stringify({ ...event, data: null })])
      expect(await reasonOf({ payload: text, header: documented(text, secret, unix), secret, now })).toBe(
        "malformed_event"
      )
  })

  it("when a framework has parsed the body already, with words that say so", async () => {
    const parsed: Webhook.VerifyOptions = Object.assign(
      { payload, header, secret, now },
      { payload: JSON.parse(payload) }
    )
    const refused = await Webhook.verify(parsed).catch((error: unknown) => error)
    expect(refused).toMatchObject({ reason: "payload_not_raw", message: expect.stringContaining("raw body") })
  })
})

it("no refusal tells a secret, a signature or the body", async () => {
  const attempts: ReadonlyArray<Webhook.VerifyOptions> = [
    { payload, header: documented(payload, "another", unix), secret, now },
    { payload, header, secret, now: at(1000) },
    { payload, header: `${header}0`, secret, now },
    { payload: `${payload}x`, header: documented(`${payload}x`, secret, unix), secret, now }
  ]
  for (const attempt of attempts) {
    const exit = await Effect.runPromiseExit(Webhook.verifyEffect(attempt))
    expect(Exit.isFailure(exit)).toBe(true)
    const told = `${String(exit)} ${JSON.stringify(exit)}`
    for (const hidden of [secret, header.slice(-64), "Ação", event.id]) expect(told).not.toContain(hidden)
  }
})
