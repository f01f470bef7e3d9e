/** Acme's driver, broken in one way at a time: for every law, what a careless author might have done. */
import { Provider } from "@salesos/core"
import { Effect, Fiber, Option, Stream } from "effect"
import { HttpClient } from "effect/http"
import * as Samples from "../../src/Samples.ts"
import {
  type Break,
  where,
  seen,
  created,
  unknown,
  unavailable,
  rejected,
  takes,
  creating,
  reading,
  asking,
  first,
  findsItself,
  quotes,
  withTokens,
  noticing,
  lines,
  paying,
  paid,
  another,
  never,
  brl
} from "./breaks.ts"
import { pix } from "./driver.ts"
import { sign } from "./provider.ts"

/** By the laws that they break, told by what they are about and their names. */
export const broken: ReadonlyArray<readonly [laws: RegExp, how: string, breaks: Break]> = [
  // what is declared
  [
    /: declares exactly/,
    "declares a boleto",
    where(({ capabilities }) => ({ capabilities: [...capabilities, { ...pix, method: "boleto" }] }))
  ],
  [
    /: declares limits/,
    "takes nothing at all",
    where(() => ({ capabilities: [{ ...pix, limits: { minimum: 0, maximum: 10 } }] }))
  ],
  [
    /: does what its capabilities say/,
    "cannot cancel",
    (make) => Effect.map(make, ({ cancelCharge: _, ...driver }) => driver)
  ],
  [
    /: refuses what it does not declare/,
    "takes everything for PIX",
    asking((request) => ({
      ...request,
      method: "pix",
      money: { ...request.money, currency: brl },
      customer: { ...request.customer, country: "BR" }
    }))
  ],
  [/: pays nobody/, "pays", (make) => make],

  // creation
  [
    /: is created with one request/,
    "creates twice",
    where(({ createCharge }) => ({
      createCharge: (...asked) => Effect.andThen(createCharge(...asked), createCharge(...asked))
    }))
  ],
  [
    /: is read by the provider's id/,
    "finds nothing",
    where(() => ({ findCharge: () => Effect.succeed(Option.none()) }))
  ],
  [
    /: is found by its whole reference only/,
    "finds what begins like it",
    where(({ findCharge }) => ({
      findCharge: (account, reference) =>
        Effect.flatMap(findCharge(account, reference), (found) =>
          Option.isSome(found) ? Effect.succeed(found) : findCharge(account, Samples.reference("INV", 1, 2))
        )
    }))
  ],
  [/: that the provider does not know/, "cannot tell 404 from 500", reading(takes("Rejected", unknown))],

  // outcomes
  [
    /^operation: (?!read |looked up ).* is Unknown$/,
    "takes what was perhaps done for not done",
    creating(takes("Unknown", unavailable))
  ],
  [
    /: (answered 429|that reaches nobody) is Unavailable$/,
    "doubts what was surely not done",
    creating(takes("Unavailable", unknown))
  ],
  [/^operation: .* is Rejected$/, "doubts a refusal", creating(takes("Rejected", unknown))],
  [
    /^operation: (?!read |looked up |that reaches).* is (Unknown|Unavailable|Rejected)$/,
    "sends again by itself",
    where(({ createCharge }) => ({ createCharge: (...asked) => Effect.retry(createCharge(...asked), { times: 1 }) }))
  ],
  [
    /: answered (4|5)\d\d with the provider's id/,
    "reads no answer but of success",
    (make) => Effect.updateService(make, HttpClient.HttpClient, HttpClient.filterStatusOk)
  ],
  [
    /: answered 20\d with the provider's id/,
    "mistakes our reference for the id",
    created((charge, { reference }) => ({ ...charge, providerId: reference }))
  ],
  [
    /: read in another currency/,
    "knows one currency",
    seen((charge) => ({ ...charge, money: { ...charge.money, currency: pix.currency } }))
  ],
  [/: answered with another amount/, "repeats what was asked", created((charge, { money }) => ({ ...charge, money }))],
  [/: answered with an amount that is none/, "finds what it could not read", findsItself],

  // given up, and looked up
  [
    /: given up/,
    "goes on when it was given up",
    where(({ createCharge }) => ({
      createCharge: (...asked) => Effect.flatMap(Effect.forkDetach(createCharge(...asked)), Fiber.join)
    }))
  ],
  [
    /neither there nor missing$/,
    "takes trouble for missing",
    where(({ findCharge }) => ({ findCharge: (...asked) => Effect.orElseSucceed(findCharge(...asked), Option.none) }))
  ],
  [/: read with .* is Unknown$/, "takes trouble for a refusal", reading(takes("Unknown", rejected))],
  [/: read with .* is Unavailable$/, "doubts what was surely not done", reading(takes("Unavailable", unknown))],
  [/: read with an answer about another/, "takes what it finds", findsItself],
  [
    /: looked up with an answer about another/,
    "forgets what it looks for",
    where(({ findCharge }) => ({ findCharge: (account) => findCharge(account, first) }))
  ],

  // statuses and amounts
  [
    /: is in the status that/,
    "never ends",
    seen((charge) => (charge.status._tag === "ended" ? { ...charge, status: { _tag: "open" } } : charge))
  ],
  [
    /: created in any documented status/,
    "is always open",
    created((charge) => ({ ...charge, status: { _tag: "open" } }))
  ],
  [
    /: in a status that nobody knows/,
    "gives up what it does not know",
    seen((charge) =>
      charge.status._tag === "pending" ? { ...charge, status: { _tag: "ended", reason: "refused" } } : charge
    )
  ],
  [
    /: has the exact amount/,
    "calculates with floating point",
    asking((request) => ({
      ...request,
      money: { ...request.money, amount: Math.floor((request.money.amount / 100) * 100) }
    }))
  ],
  [
    /: outside its limits/,
    "trims amounts",
    asking((request) => ({
      ...request,
      money: {
        ...request.money,
        amount: Math.trunc(Math.min(Math.max(request.money.amount, pix.limits.minimum), pix.limits.maximum))
      }
    }))
  ],

  // secrets
  [
    /: tells no secret in logs/,
    "logs its credentials",
    where(({ createCharge }) => ({
      createCharge: (account, request) =>
        Effect.andThen(Effect.logDebug("calling", quotes(account)), createCharge(account, request))
    }))
  ],
  [
    /: tells no secret in logs/,
    "traces its credentials",
    where(({ createCharge }) => ({
      createCharge: (account, request) =>
        Effect.withSpan(createCharge(account, request), "create", { attributes: { as: quotes(account) } })
    }))
  ],
  [
    /: tells no secret in its failures/,
    "quotes its credentials",
    where(({ createCharge }) => ({
      createCharge: (account, request) =>
        Effect.mapError(createCharge(account, request), () => new Provider.Unknown({ message: quotes(account) }))
    }))
  ],
  [
    /: keeps no secret/,
    "keeps its credentials",
    where(({ createCharge }) => ({
      createCharge: (account, request) =>
        Effect.map(createCharge(account, request), (charge) => ({ ...charge, raw: quotes(account) }))
    }))
  ],
  [
    /: keeps no secret/,
    "keeps a card's number",
    created((charge) => ({ ...charge, raw: { card: "4242424242424242" } }))
  ],

  // charges
  [
    /: needs no more of a customer/,
    "needs a phone without a word",
    where(({ createCharge }) => ({
      createCharge: (account, request) =>
        request.customer.phone === undefined ? Effect.fail(rejected) : createCharge(account, request)
    }))
  ],
  [
    /: takes the longest texts/,
    "passes on what is too long",
    where(({ createCharge }) => ({
      createCharge: (account, request) =>
        request.description.length > 140 ? Effect.fail(rejected) : createCharge(account, request)
    }))
  ],
  [
    /: offers what trying finds/,
    "declares no lookup",
    where(({ capabilities }) => ({ capabilities: capabilities.map((each) => ({ ...each, features: [] })) }))
  ],
  [/: has an artifact to pay with/, "loses the artifact", created((charge) => ({ ...charge, artifact: null }))],
  [/: says when its artifact runs out/, "knows no expiry", created((charge) => ({ ...charge, expiresAt: null }))],
  [/: that is paid is settled/, "sees no money", seen((charge) => ({ ...charge, payments: [] }))],
  [
    /: that runs out is ended/,
    "never ends",
    seen((charge) => (charge.status._tag === "ended" ? { ...charge, status: { _tag: "open" } } : charge))
  ],
  [/: that is charged back/, "sees no reversal", seen((charge) => ({ ...charge, reversals: [] }))],
  [
    /^charge: that is canceled is ended/,
    "only reads when it should cancel",
    where(({ getCharge }) => ({ cancelCharge: getCharge }))
  ],
  [
    /: that is paid by the time/,
    "cancels what is paid",
    where(({ getCharge }) => ({
      cancelCharge: (...asked) =>
        Effect.map(getCharge(...asked), (charge) => ({
          ...charge,
          status: { _tag: "ended", reason: "canceled" },
          payments: []
        }))
    }))
  ],
  [
    /: whose cancellation is not answered/,
    "reads when it is in doubt",
    where(({ cancelCharge, getCharge }) => ({
      cancelCharge: (...asked) =>
        Effect.catch(cancelCharge?.(...asked) ?? Effect.fail(unknown), () => getCharge(...asked))
    }))
  ],
  [
    /: that is refunded tells so/,
    "only reads when it should refund",
    where(({ getCharge }) => ({ refundCharge: getCharge }))
  ],
  [
    /: that nobody has paid/,
    "refunds nothing without a word",
    where(({ getCharge, refundCharge }) => ({
      refundCharge: (...asked) =>
        Effect.catchTag(refundCharge?.(...asked) ?? Effect.fail(rejected), "Rejected", () => getCharge(...asked))
    }))
  ],
  [
    /: whose refund is not answered/,
    "refunds again",
    where(({ refundCharge }) => ({
      refundCharge: (...asked) => Effect.retry(refundCharge?.(...asked) ?? Effect.fail(unknown), { times: 1 })
    }))
  ],

  // the account
  [
    /account's account/,
    "takes refused credentials for a bad day",
    where(({ createCharge }) => ({
      createCharge: (...asked) => takes("Unavailable", unavailable)(createCharge(...asked))
    }))
  ],
  [
    /: shares its access token/,
    "fetches a token for every call",
    withTokens(() => ({ get: (_, renew) => Effect.map(renew, ({ value }) => value) }))
  ],
  [/: whose access token was refused/, "keeps a refused token", withTokens(() => ({ forget: () => Effect.void }))],
  [/: whose access token cannot be had/, "doubts what was surely not sent", creating(takes("Unavailable", unknown))],

  // lists
  [
    /: tells of each what reading it alone does/,
    "reads one by one",
    where(({ getCharge }) => ({
      readCharges: (account, wanted) =>
        Effect.orDie(Effect.forEach(wanted, ({ providerId }) => getCharge(account, providerId)))
    }))
  ],
  [
    /: tells nothing of charges/,
    "asks about none",
    where(({ readBalance, readCharges }) => ({
      readCharges: (account, wanted) =>
        Effect.andThen(readBalance?.(account) ?? Effect.void, readCharges?.(account, wanted) ?? Effect.succeed([]))
    }))
  ],

  // notifications
  [
    /: names the charge/,
    "takes a charge for a payout",
    noticing((told) => ({ ...told, charges: [], payouts: told.charges }))
  ],
  [
    /: that comes again has the same key/,
    "numbers what it reads",
    noticing((told) => ({ ...told, dedupeKey: another() }))
  ],
  [
    /: of a later event/,
    "knows a charge and no event",
    noticing((told) => ({ ...told, dedupeKey: told.charges.join() }))
  ],
  [
    /: that was forged/,
    "checks no signature",
    where(({ readNotification }) => ({
      readNotification: (account, headers, body) =>
        readNotification(account, { ...headers, "acme-signature": sign(new TextDecoder().decode(body)) }, body)
    }))
  ],
  [
    /: of several events/,
    "reads the first event",
    noticing((told) => ({ ...told, charges: told.charges.slice(0, 1) }))
  ],
  [
    /: (that is rubbish|of a megabyte)/,
    "dies of what it cannot read",
    where(({ readNotification }) => ({
      readNotification: (account, headers, body) =>
        Effect.andThen(
          Effect.sync(() => JSON.parse(new TextDecoder().decode(body))),
          readNotification(account, headers, body)
        )
    }))
  ],

  // statement and balance
  [
    /: has what every paid charge moved/,
    "tells lines twice",
    lines((all) => Stream.flatMap(all, (line) => Stream.make(line, line)))
  ],
  [/: has what every paid charge moved/, "tells the first page", lines((all) => Stream.take(all, 5))],
  [
    /: is the same when it is read again/,
    "numbers what it reads",
    lines((all) => Stream.map(all, (line) => ({ ...line, id: another() })))
  ],
  [/: loses and repeats nothing/, "loses a line", lines((all) => Stream.drop(all, 1))],
  [
    /: of two ranges side by side/,
    "reads all there is",
    where(({ readStatement }) => ({
      readStatement: (account, { from }) => readStatement?.(account, { from, to: never }) ?? Stream.empty
    }))
  ],
  [
    /: fails when one of its pages does/,
    "ends when a page fails",
    lines((all) => Stream.catch(all, () => Stream.empty))
  ],
  [
    /: grows by what a paid charge moved/,
    "counts twice",
    where(({ readBalance }) => ({
      readBalance: (account) =>
        Effect.map(readBalance?.(account) ?? Effect.succeed([]), (all) =>
          all.map((each) => ({ ...each, available: each.available * 2 }))
        )
    }))
  ],
  [
    /^balance: answered/,
    "has nothing when it cannot read",
    where(({ readBalance }) => ({
      readBalance: (account) => Effect.orElseSucceed(readBalance?.(account) ?? Effect.succeed([]), () => [])
    }))
  ],

  // payouts
  [
    /: is under way once it is created/,
    "takes what is sent for delivered",
    paid((payout) => ({ ...payout, status: { _tag: "settled" } }))
  ],
  [/: that reaches its beneficiary/, "sees no delivery", paid((payout) => ({ ...payout, deliveries: [] }))],
  [/: that fails is ended/, "never fails", paid((payout) => ({ ...payout, status: { _tag: "pending" } }))],
  [/: that comes back/, "sees no return", paid((payout) => ({ ...payout, returns: [] }))],
  [/^payout: that is canceled is ended/, "only reads when it should cancel", paying(({ get }) => ({ cancel: get }))],
  [
    /: is named by its notification/,
    "takes a payout for a charge",
    noticing((told) => ({ ...told, charges: told.payouts, payouts: [] }))
  ]
]
