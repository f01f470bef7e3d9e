/** Races about a webhook endpoint and what is delivered to it. */
import { Effect, Schema } from "effect"
import type * as Delivery from "../../models/Delivery.ts"
import { Webhooks } from "../../ports/Webhooks.ts"
import * as WebhookDeliveries from "../../usecases/WebhookDeliveries.ts"
import * as WebhookEndpoints from "../../usecases/WebhookEndpoints.ts"
import { WebhookEndpointId } from "../../values/Ids.ts"
import { paid } from "./given.ts"
import { answered, done, of, type Operation, quietly, type Race, unless } from "./race.ts"
import { deliver, keyed, receive, rest, type World } from "./World.ts"

const [first, second] = ["whsec_the_first_secret", "whsec_the_second_secret"]

const Endpoint = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Struct({ id: WebhookEndpointId })))

const deliveries = ({ owner }: World) =>
  Effect.gen(function* () {
    return (yield* (yield* Webhooks).deliveries(owner, {}, { limit: 10 })).data
  })

/** An endpoint, and a delivery that waits for it. */
const waiting = (world: World) =>
  Effect.gen(function* () {
    const wanted = { url: "https://shop.example/hooks", events: ["invoice.paid" as const] }
    const registered = yield* WebhookEndpoints.register(world.owner, keyed("register"), wanted, first)
    const endpoint = (yield* Endpoint(registered.response.body)).id
    yield* paid(world)
    const [delivery] = yield* deliveries(world)
    if (delivery === undefined) return yield* Effect.die(new Error("Nothing waits"))
    return { endpoint, delivery: delivery.id }
  })

/** A worker's round. What it sends is a call, too. */
const work = (world: World, name = "deliver"): Operation => ({
  name,
  run: ({ call }) =>
    Effect.as(
      deliver(world, (outgoing) => call("the endpoint is called", receive(world)(outgoing))),
      done
    ),
  may: ["done"]
})

/** What is wrong with how often each delivery was sent, and with what became of it. */
const eachOnce = (world: World, status: Delivery.Status, count = 1) =>
  Effect.map(deliveries(world), (all) => [
    ...unless(all.length === count, `${all.length} deliveries`),
    ...all.flatMap((each) => [
      ...unless(each.status === status, `the delivery is ${each.status}`),
      ...unless(
        world.received.filter(({ id }) => id === each.id).length === (status === "delivered" ? 1 : 0),
        `the delivery was sent ${world.received.filter(({ id }) => id === each.id).length} times`
      )
    ])
  ])

export const webhooks: ReadonlyArray<Race> = [
  of({
    name: "a webhook secret is rotated × a delivery is sent",
    holds: "what is sent can be verified with the secret before, and what is sent afterwards with the new one",
    before: waiting,
    operations: (world, { endpoint }) => [
      {
        name: "rotate",
        run: () => Effect.map(WebhookEndpoints.rotate(world.owner, endpoint, keyed("rotate"), {}, second), answered),
        may: ["200"]
      },
      work(world)
    ],
    laws: (world, { endpoint }) =>
      Effect.gen(function* () {
        const wrong = yield* eachOnce(world, "delivered")
        yield* WebhookDeliveries.ping(world.owner, endpoint, keyed("ping"))
        yield* deliver(world)
        const [before, after] = world.received.map(({ secrets }) => secrets)
        return [
          ...wrong,
          ...unless(before?.includes(first) === true, "what was sent can't be verified with the secret before"),
          ...unless(after?.[0] === second, "what is sent afterwards can't be verified with the new secret")
        ]
      })
  }),
  of({
    name: "a webhook endpoint is disabled × a delivery is sent",
    holds: "it is sent once, by then or when the endpoint is enabled again",
    before: waiting,
    operations: (world, { endpoint }) => [
      quietly("disable", WebhookEndpoints.update(world.owner, endpoint, { status: "disabled" })),
      work(world)
    ],
    laws: (world, { endpoint }) =>
      Effect.gen(function* () {
        const { status } = yield* WebhookEndpoints.get(world.owner, endpoint)
        yield* WebhookEndpoints.update(world.owner, endpoint, { status: "enabled" })
        yield* rest(world)
        return [
          ...unless(status === "disabled", `the endpoint was ${status}`),
          ...(yield* eachOnce(world, "delivered"))
        ]
      })
  }),
  of({
    name: "a webhook endpoint is removed × a delivery is sent",
    holds: "it is sent once, or never and has failed",
    before: waiting,
    operations: (world, { endpoint }) => [
      quietly("remove", WebhookEndpoints.remove(world.owner, endpoint)),
      work(world)
    ],
    laws: (world) => eachOnce(world, world.received.length > 0 ? "delivered" : "failed")
  }),
  of({
    name: "a delivery is sent again by its owner × the first one is sent",
    holds: "both are sent once, with the same body",
    before: waiting,
    operations: (world, { delivery }) => [
      {
        name: "redeliver",
        run: () => Effect.map(WebhookDeliveries.redeliver(world.owner, delivery, keyed("again")), answered),
        may: ["201"]
      },
      work(world)
    ],
    laws: (world) =>
      Effect.map(eachOnce(world, "delivered", 2), (wrong) => [
        ...wrong,
        ...unless(new Set(world.received.map(({ body }) => body)).size === 1, "the bodies differ")
      ])
  }),
  of({
    name: "a worker sends what is due × another one does",
    holds: "it is sent once",
    before: waiting,
    operations: (world) => [work(world), work(world, "deliver too")],
    laws: (world) => eachOnce(world, "delivered")
  }),
  of({
    name: "a webhook secret is rotated × the same request once more",
    holds: "there is one new secret, told once",
    before: waiting,
    operations: (world, { endpoint }) => {
      const rotate = (name: string, secret: string): Operation => ({
        name,
        run: () => Effect.map(WebhookEndpoints.rotate(world.owner, endpoint, keyed("rotate"), {}, secret), answered),
        may: ["200"]
      })
      return [rotate("rotate", second), rotate("rotate again", "whsec_the_third_secret")]
    },
    laws: (world, _, said) =>
      Effect.sync(() => {
        const told = said.flatMap(({ body }) => /whsec_the_(?:second|third)_secret/.exec(body ?? "") ?? [])
        const used = new Set(world.received.flatMap(({ secrets }) => secrets[0] ?? []))
        return [
          ...unless(told.length === 1, `${told.length} secrets were told`),
          ...unless(
            used.size === 1 && used.has(told[0] ?? ""),
            "what is sent is not signed with the secret that was told"
          )
        ]
      })
  })
]
