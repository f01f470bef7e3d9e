/** The port to API keys. Their secrets are kept as hashes only. */
import { Context, type Effect, type Option, type Redacted } from "effect"
import type { ApiKey, OwnedKey } from "../models/ApiKey.ts"
import type { Decision, Keyed, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import type { ApiKeyId } from "../values/Ids.ts"
import type { Listed, Once, Page, StoreUnavailable } from "./Operations.ts"

export class ApiKeyStore extends Context.Service<
  ApiKeyStore,
  {
    /**
     * Keeps a key and the hash of its secret, and stores the answer under its idempotency key, in one transaction. An
     * idempotency key that is known decides by `Idempotency.decide`, and nothing is kept.
     */
    readonly create: (
      owner: Owner,
      key: ApiKey,
      secret: Redacted.Redacted,
      once: { readonly keyed: Keyed; readonly response: StoredResponse }
    ) => Effect.Effect<Once, StoreUnavailable>
    /** What an idempotency key means already, by `Idempotency.decide`; none when it is new. */
    readonly recall: (owner: Owner, keyed: Keyed) => Effect.Effect<Option.Option<Decision>, StoreUnavailable>
    /** The key that a secret is of, revoked or expired ones too: as it is now, not as it was a moment ago. */
    readonly find: (secret: Redacted.Redacted) => Effect.Effect<Option.Option<OwnedKey>, StoreUnavailable>
    readonly list: (owner: Owner, page: Page) => Effect.Effect<Listed<ApiKey>, StoreUnavailable>
    /** Revokes a key at once, and gives it as it then is; one that is revoked stays as it is. None when there is no such key. */
    readonly revoke: (owner: Owner, id: ApiKeyId) => Effect.Effect<Option.Option<ApiKey>, StoreUnavailable>
  }
>()("@salesos/core/ports/ApiKeyStore") {}
