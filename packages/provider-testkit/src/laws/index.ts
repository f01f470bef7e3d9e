/** Every law, by what it is about. */
import type { Law } from "../Law.ts"
import type { Operation } from "../Operation.ts"
import { amounts } from "./amounts.ts"
import { creation } from "./creation.ts"
import { interruption } from "./interruption.ts"
import { lookups } from "./lookups.ts"
import { secrets } from "./secrets.ts"
import { statuses } from "./statuses.ts"
import { accepted, outcomes } from "./troubles.ts"

export { charge } from "./charges.ts"
export { credentials } from "./credentials.ts"
export { driver } from "./driver.ts"
export { lists } from "./lists.ts"
export { notifications } from "./notifications.ts"
export { noPayouts, payout } from "./payouts.ts"
export { balance, statement } from "./statement.ts"

/** Of charges and payouts alike. */
export const operation: ReadonlyArray<Law<Operation>> = [
  ...creation,
  ...outcomes,
  ...accepted,
  ...interruption,
  ...lookups,
  ...statuses,
  ...amounts,
  ...secrets
]
