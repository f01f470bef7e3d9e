/** Adds to every schema check the machine-readable `code` that a field error shows when the check fails. */
declare module "effect/Schema" {
  namespace Annotations {
    interface Augment {
      readonly code?: string | undefined
    }
  }
}
export {}
