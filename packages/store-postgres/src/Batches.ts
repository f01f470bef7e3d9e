/**
 * Work that is cheaper done together. What arrives while a batch of its group is under way is the group's next batch, so that
 * nothing waits for company: a member that comes alone is done alone and at once.
 */
import { Deferred, Effect, Exit } from "effect"

export interface Work<Member, Result, E> {
  /** Members of one group are done together, and one batch of a group after the other. */
  readonly groupOf: (member: Member) => string
  /** No batch has more members. */
  readonly maximum: number
  /**
   * Does a batch as a whole, or, when it dies, nothing of it: then its members are done one by one, so that none suffers for
   * another. Gives a result for each member, in their order.
   */
  readonly run: (members: ReadonlyArray<Member>) => Effect.Effect<ReadonlyArray<Result>, E>
}

interface Waiting<Member, Result, E> {
  readonly member: Member
  readonly done: Deferred.Deferred<Result, E>
}

/** Does a member's work in a batch. A member that is interrupted leaves the batch as it is. */
export const make = <Member, Result, E>({ groupOf, maximum, run }: Work<Member, Result, E>) => {
  /** Of each group under way, who waits for the next batch. */
  const groups = new Map<string, Array<Waiting<Member, Result, E>>>()

  const alone = ({ done, member }: Waiting<Member, Result, E>) =>
    run([member]).pipe(
      Effect.map(([result]) => result!),
      Effect.exit,
      Effect.flatMap((exit) => Deferred.done(done, exit))
    )

  const together = Effect.fnUntraced(function* (batch: ReadonlyArray<Waiting<Member, Result, E>>) {
    const exit = yield* Effect.exit(run(batch.map(({ member }) => member)))
    if (batch.length > 1 && Exit.hasDies(exit)) return yield* Effect.forEach(batch, alone, { discard: true })
    for (const [place, { done }] of batch.entries()) {
      yield* Deferred.done(
        done,
        Exit.map(exit, (results) => results[place]!)
      )
    }
  })

  /** One batch after the other, until nobody waits. */
  const serve = Effect.fnUntraced(function* (group: string, waiting: Array<Waiting<Member, Result, E>>) {
    while (waiting.length > 0) yield* together(waiting.splice(0, maximum))
    groups.delete(group)
  })

  return (member: Member): Effect.Effect<Result, E> =>
    Effect.suspend(() => {
      const done = Deferred.makeUnsafe<Result, E>()
      const group = groupOf(member)
      const waiting = groups.get(group)
      if (waiting !== undefined) {
        waiting.push({ member, done })
        return Deferred.await(done)
      }
      const own = [{ member, done }]
      groups.set(group, own)
      // A fiber of its own: whoever came first may be interrupted, and the others be served all the same.
      return Effect.andThen(Effect.forkDetach(serve(group, own)), Deferred.await(done))
    })
}
