/** What laws hold for invoices and payouts alike, what tells the two apart, and what such laws begin with. */
import { type Duration, Effect, Option } from "effect"
import type { Lease } from "../../models/Idempotency.ts"
import type { Owner } from "../../models/Owner.ts"
import type { Change, Held, Filed, Intent, Opened, Operations, StoreUnavailable } from "../../ports/Operations.ts"
import type * as OurNumber from "../../values/OurNumber.ts"
import { LawBroken, type Services } from "./law.ts"

/** What laws know of a resource. */
export interface Resource {
  readonly id: string
  readonly owner: Owner
  readonly ourNumber: OurNumber.OurNumber
}

/** What a law may want of an intent: the rest is the subject's. */
export type Wanted = Partial<
  Pick<Intent<string, Filed>, "owner" | "keyed" | "account" | "createdAt" | "lease" | "missesCountAfter">
>

export interface Subject<A extends Resource, NewIntent extends Intent<A["id"], Filed>> {
  /** `invoice` */
  readonly name: string
  readonly series: OurNumber.Series
  readonly store: Effect.Effect<Operations<A, A["id"], NewIntent>, never, Services>
  /** All of an owner, newest first, a hundred at most. */
  readonly list: (of: Owner) => Effect.Effect<ReadonlyArray<A>, StoreUnavailable, Services>
  /** An intent under a new key. Its lease is long, and its attempt not due soon, unless the law says so. */
  readonly intent: (of: Owner, changes?: Wanted) => Effect.Effect<NewIntent>
  readonly newId: Effect.Effect<A["id"]>
  /** The resource with something learned that can be read again. */
  readonly learned: (current: A) => A
}

/** The first steps of laws about a subject. */
export const given = <A extends Resource, NewIntent extends Intent<A["id"], Filed>>(subject: Subject<A, NewIntent>) => {
  const { intent, name, newId, store } = subject

  /** The intent of a client that sends the same again: same key and body, another id. */
  const again = (first: NewIntent, changes: Wanted = {}) =>
    Effect.map(newId, (id): NewIntent => ({ ...first, id, ...changes }))

  /** Opens an intent. */
  const open = (of: NewIntent) => Effect.flatMap(store, (operations) => operations.open(of))

  /** The resource and lease of an intent that was new. */
  const created = (opened: Opened<A>): Effect.Effect<{ readonly current: A; readonly lease: Lease }, LawBroken> =>
    opened._tag === "Created"
      ? Effect.succeed({ current: opened.current, lease: opened.lease })
      : Effect.fail(new LawBroken({ message: `Expected a new ${name}, got ${opened._tag}` }))

  /** A new resource of an owner, its first attempt recorded and not sent. */
  const make = Effect.fnUntraced(function* (of: Owner, changes: Wanted = {}) {
    const asked = yield* intent(of, changes)
    return { ...(yield* created(yield* open(asked))), intent: asked }
  })

  /** The resource as it is stored. */
  const stored = Effect.fnUntraced(function* (of: Owner, id: A["id"]) {
    const found = yield* (yield* store).get(of, id)
    return yield* Option.match(found, {
      onNone: () => Effect.fail(new LawBroken({ message: `The ${name} ${id} is not there` })),
      onSome: Effect.succeed
    })
  })

  /** Makes a change that there is something to make to, by its decision. */
  const change = Effect.fnUntraced(function* <B = undefined, E = never>(
    of: Owner,
    id: A["id"],
    lease: Lease | null,
    decide: (held: Held<A>) => Effect.Effect<{ readonly change: Change<A>; readonly result: B }, E>
  ) {
    const changed = yield* (yield* store).change(of, id, lease, decide)
    return yield* Option.match(changed, {
      onNone: () => Effect.fail(new LawBroken({ message: `The ${name} ${id} is not there to be changed` })),
      onSome: Effect.succeed
    })
  })

  /** A change that only ends something, or nothing. */
  const nothing = ({ current }: Held<A>, ends: Partial<Change<A>> = {}): Change<A> => ({
    next: current,
    posted: [],
    events: [],
    ...ends
  })

  /** Takes a lease, if nobody holds it. */
  const take = (of: Owner, id: A["id"], duration: Duration.Duration) =>
    Effect.map(
      Effect.flatMap(store, (operations) => operations.begin(of, id, null, duration)),
      (begun) => (begun._tag === "Begun" ? Option.some({ current: begun.current, lease: begun.lease }) : Option.none())
    )

  /** Gives the lease back. */
  const release = (of: Owner, id: A["id"], lease: Lease) =>
    change(of, id, lease, (held) =>
      Effect.succeed({ change: nothing(held, { released: true }), result: held.holdsLease })
    )

  /** Whether a lease is the resource's. */
  const holdsLease = (of: Owner, id: A["id"], lease: Lease | null) =>
    change(of, id, lease, (held) => Effect.succeed({ change: nothing(held), result: held.holdsLease }))

  return { ...subject, again, change, created, holdsLease, make, nothing, open, release, stored, take }
}
