/**
 * Text as the schemas allow it: Latin-1 without control characters (`TSString`), so an emoji has no place in a document. What has a
 * plain form is written in it; what has none is left out.
 */

/** Plain forms that Unicode does not know of. */
const plain: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "\u2018": "'",
    "\u2019": "'",
    "\u201A": "'",
    "\u201C": '"',
    "\u201D": '"',
    "\u201E": '"',
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2015": "-",
    "\u2212": "-",
    "\u2022": "-",
    "\u20AC": "EUR",
    "\u0131": "i",
    "\u0141": "L",
    "\u0142": "l",
    "\u0152": "OE",
    "\u0153": "oe"
  })
)

const printable = (character: string): boolean => /^[\x20-\x7E\xA1-\xAC\xAE-\xFF]$/.test(character)

const written = (character: string): string => {
  if (printable(character)) return character
  if (/\s/.test(character)) return " "
  return plain.get(character) ?? [...character.normalize("NFKD")].filter(printable).join("")
}

const tidy = (text: string): string => text.replaceAll(/ {2,}/g, " ").trim()

/** One line that the schemas accept, of at most `max` characters; empty where nothing is left. */
export const line = (text: string, max: number): string =>
  tidy([...text.normalize("NFC")].map(written).join(""))
    .slice(0, max)
    .trim()

/** The same with its line breaks kept, for descriptions. */
export const lines = (text: string, max: number): string =>
  text
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .map((each) => line(each, max))
    .join("\n")
    .trim()
    .slice(0, max)
    .trim()
