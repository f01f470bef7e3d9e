/** Texts for readers: what is almost right, what has the right characters, and anything at all. */
import * as fc from "fast-check"

/** How many texts each reader is given. */
export const runs = 100_000

/** Any text at all, lone surrogates included. */
const anything = fc.array(fc.nat(0xffff), { maxLength: 60 }).map((units) => String.fromCharCode(...units))

const odd = fc.constantFrom("", " ", "\n", "\u0000", "\ud800", "\u{1f600}", "\u0661", "\u0131", "-0", "1e9", "NaN", "%")

const editOf = (alphabet: string) =>
  fc.record({
    /** How many characters go, and what comes in their place. */
    remove: fc.nat(2),
    insert: fc.oneof({ arbitrary: fc.constantFrom("", ...alphabet), weight: 5 }, { arbitrary: odd, weight: 1 }),
    at: fc.nat()
  })

/** Texts near `valid` ones, of the characters that those have, or of any. */
export const near = (valid: ReadonlyArray<string>): fc.Arbitrary<string> => {
  const alphabet = [...new Set(valid.join(""))].join("")
  const edited = fc
    .tuple(fc.constantFrom(...valid), fc.array(editOf(alphabet), { maxLength: 3 }))
    .map(([text, edits]) =>
      edits.reduce((changed, { at, insert, remove }) => {
        const place = at % (changed.length + 1)
        return changed.slice(0, place) + insert + changed.slice(place + remove)
      }, text)
    )
  const alike = fc
    .array(fc.constantFrom(...alphabet), { maxLength: Math.max(...valid.map((each) => each.length)) + 2 })
    .map((characters) => characters.join(""))
  return fc.oneof({ arbitrary: edited, weight: 6 }, { arbitrary: alike, weight: 3 }, { arbitrary: anything, weight: 1 })
}

/** Numbers that code forgets about, and ordinary ones. */
export const anyNumber = fc.oneof(
  fc.constantFrom(0, -0, 0.5, -1, Number.NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 1e21, 5e-324),
  fc.maxSafeInteger(),
  fc.double()
)
