/** What notifications told of charges and payouts, in memory. */
import type { Heard } from "../models/Heard.ts"
import type { Owner } from "../models/Owner.ts"
import { keyOf, type NotificationRow, sameOwner, type Tables } from "./MemoryDatabase.ts"

type Subject = NotificationRow["subjects"][number]

const same = (a: Heard, b: Heard): boolean => a.kind === b.kind && a.providerId === b.providerId

/** The notifications with what waited of these changed. */
export const changed = (
  { notifications }: Tables,
  owner: Owner,
  heard: ReadonlyArray<Heard>,
  by: (subject: Subject) => Subject
): Tables["notifications"] => {
  if (heard.length === 0) return notifications
  const next = new Map(notifications)
  for (const each of heard) {
    const key = keyOf(owner, each.account, each.notification)
    const row = next.get(key)
    if (row === undefined) continue
    const subjects = row.subjects.map((subject) =>
      subject.status === "pending" && same(subject, each) ? by(subject) : subject
    )
    next.set(key, { ...row, subjects })
  }
  return next
}

/** The notifications once these have led to a change. */
export const processed = (tables: Tables, owner: Owner, heard: ReadonlyArray<Heard>): Tables["notifications"] =>
  changed(tables, owner, heard, (subject) => ({ ...subject, status: "processed" }))

/** Whether something that was heard of a charge or payout waits for a reading. */
export const waits = (
  { notifications }: Tables,
  owner: Owner,
  of: Pick<Heard, "account" | "kind"> & { readonly providerId: string | null }
): boolean =>
  [...notifications.values()].some(
    (row) =>
      sameOwner(row.owner, owner) &&
      row.subjects.some(
        ({ account, kind, providerId, status }) =>
          status === "pending" && account === of.account && kind === of.kind && providerId === of.providerId
      )
  )
