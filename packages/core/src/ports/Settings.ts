/** Times and addresses that an application sets. Tests shorten the times, so that they need not wait. */
import { Context, Duration } from "effect"

export interface SettingsValues {
  /** The public address of the gateway, without a slash at its end: the base of every link and callback. */
  readonly publicUrl: string
  /** How long one call of a provider may take. */
  readonly callDeadline: Duration.Duration
  /** How long the calls of one request may take together. */
  readonly requestBudget: Duration.Duration
  /** How long an execution keeps others out of its operation. Longer than {@link requestBudget} and a deadline. */
  readonly lease: Duration.Duration
}

export const defaults = {
  callDeadline: Duration.seconds(15),
  requestBudget: Duration.seconds(45),
  lease: Duration.seconds(120)
}

export class Settings extends Context.Service<Settings, SettingsValues>()("@salesos/core/ports/Settings") {}
