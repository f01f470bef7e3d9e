/**
 * Randomness that nobody can foresee. An id is an address as well (whoever has an invoice's id may see its QR code), and
 * `Math.random` gives away its next numbers to whoever has seen enough of them.
 */
import { Random } from "effect"
import { randomFillSync } from "node:crypto"

const pool = new BigUint64Array(1024)
let used = pool.length

/** 53 random bits: all that a double between 0 and 1 can hold. */
const bits = (): bigint => {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  return (pool[used++] ?? 0n) >> 11n
}

export const random: Random.Random = {
  nextDoubleUnsafe: () => Number(bits()) / 2 ** 53,
  nextIntUnsafe: () => Number(bits()) - 2 ** 52
}
