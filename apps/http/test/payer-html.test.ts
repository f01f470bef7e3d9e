/** The payer's page as HTML, of every method and state, whatever people have written. */
import { assert, describe, it } from "@effect/vitest"
import type { Language, Observation, PayerPage, PayerSide } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { DateTime, Effect } from "effect"
import * as fc from "fast-check"
import jsQR from "jsqr"
import { type DefaultTreeAdapterTypes as Tree, parse } from "parse5"
import { choose } from "../src/payer/Language.ts"
import { notice, page } from "../src/payer/Page.ts"

const pix: Observation.Artifact = Samples.artifact("tx1")
const boleto = {
  type: "boleto",
  barcode: "99991164700000123980705040704583835941509504",
  digitableLine: "99990705024070458383659415095047116470000012398",
  dueDate: "2026-12-01",
  pdfUrl: "https://bank.example/boleto.pdf?a=1&b=2"
} as Observation.Artifact
const card: Observation.Artifact = { type: "card", checkoutUrl: "https://pay.example/1" }
const transfer: Observation.Artifact = {
  type: "bank_transfer",
  bankName: "Banco",
  bankCode: "001",
  agency: "0001-9",
  account: "1234567-8",
  accountType: "savings",
  beneficiary: "Loja Ltda",
  document: "11.222.333/0001-81"
}

const at = (time: string) => DateTime.makeUnsafe(time)
const ways = (...artifacts: ReadonlyArray<Observation.Artifact>): PayerPage.View["ways"] =>
  artifacts.map((artifact) => ({ artifact, expiresAt: at("2026-11-21T21:00:00.000Z") }))

const view = (changes: Partial<PayerPage.View> = {}): PayerPage.View => ({
  phase: "open",
  sandbox: false,
  ourNumber: "INV-2026-000001",
  description: "Consulting",
  amount: { amount: 12310, currency: Samples.brl },
  customer: { name: "Maria da Silva", document: "***982247**" },
  ways: ways(pix),
  exchange: null,
  receipt: null,
  returnUrl: null,
  createdAt: at("2026-11-21T20:00:00.000Z"),
  updatedAt: at("2026-11-21T20:00:00.000Z"),
  payee: "Loja",
  timeZone: "America/Sao_Paulo",
  ...changes
})

const render = (changes: Partial<PayerPage.View> = {}, language: Language.Language = "en"): Promise<string> =>
  Effect.runPromise(page({ language, nonce: "nonce" }, view(changes)))

/** The elements of a page by tag, each with its attributes and the text in it. */
interface Element {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  readonly text: string
}

const textOf = (node: Tree.Node): string =>
  "value" in node ? node.value : "childNodes" in node ? node.childNodes.map(textOf).join("") : ""

const elements = (node: Tree.Node): ReadonlyArray<Element> => [
  ...("tagName" in node
    ? [
        {
          tag: node.tagName,
          attributes: Object.fromEntries(node.attrs.map(({ name, value }) => [name, value])),
          text: textOf(node)
        }
      ]
    : []),
  ...("childNodes" in node ? node.childNodes.flatMap(elements) : [])
]

const read = (html: string) => {
  const all = elements(parse(html, { scriptingEnabled: false }))
  return {
    all,
    of: (tag: string) => all.filter((each) => each.tag === tag),
    text: (all.find(({ tag }) => tag === "main")?.text ?? "").replaceAll(/\s+/g, " "),
    /** What a page is made of: every tag and attribute, none of the texts. */
    skeleton: all.map(({ attributes, tag }) => `${tag} ${Object.keys(attributes).join(" ")}`)
  }
}

describe("a payer's page", () => {
  it.each<[string, Partial<PayerPage.View>, ReadonlyArray<string>]>([
    ["PIX", {}, ["R$123.10", "PIX copy and paste", "Pay by November 21, 2026 at 06:00 PM GMT-3"]],
    ["boleto", { ways: ways(boleto) }, ["99990.70502 40704.583836 59415.095047 1 16470000012398", "December 1, 2026"]],
    ["bolepix", { ways: ways(pix, boleto) }, ["PIX copy and paste", "Digitable line"]],
    ["card", { ways: ways(card) }, ["Pay by card"]],
    ["card by token", { ways: ways({ type: "card", checkoutUrl: null }) }, ["The card is being charged"]],
    ["bank transfer", { ways: ways(transfer) }, ["001 · Banco", "0001-9", "1234567-8 (savings)", "11.222.333/0001-81"]],
    [
      "PIX for dollars",
      {
        amount: { amount: 10_000, currency: Samples.usd },
        exchange: { rate: "5.4321", payer: { amount: 54_421, currency: Samples.brl }, payerFee: 100 }
      },
      ["R$544.21 Consulting", "$100.00", "USD 1 = BRL 5.4321", "R$1.00"]
    ]
  ])("has all that a payer needs for %s", async (_, changes, texts) => {
    const { text } = read(await render(changes))
    for (const each of texts) assert.include(text, each)
  })

  it.each<[PayerSide.Phase, string, string]>([
    ["preparing", "Preparando a cobrança", "Preparing the payment"],
    ["open", "Aguardando pagamento", "Waiting for payment"],
    ["lapsed", "Não é possível pagar agora", "It can't be paid right now"],
    ["paid", "Pagamento confirmado", "Payment confirmed"],
    ["canceled", "Cobrança cancelada", "Invoice canceled"],
    ["expired", "Cobrança vencida", "Invoice expired"],
    ["failed", "Cobrança não concluída", "Payment not possible"]
  ])("says in both languages that it is %s, and looks again unless it is paid", async (phase, portuguese, english) => {
    for (const [language, title] of [
      ["pt-BR", portuguese],
      ["en", english]
    ] as const) {
      const { of } = read(await render({ phase, ways: [] }, language))
      assert.strictEqual(of("html")[0]?.attributes["lang"], language)
      assert.include(of("title")[0]?.text, title)
      assert.strictEqual(
        of("meta").some(({ attributes }) => attributes["http-equiv"] === "refresh"),
        phase !== "paid"
      )
      assert.strictEqual(of("body")[0]?.attributes["data-wait"] === "", phase === "paid")
    }
  })

  it("of a paid invoice is a receipt, and leads back to the shop", async () => {
    const receipt = {
      paidAt: at("2026-11-21T20:05:00.000Z"),
      amountPaid: 12310,
      amountReversed: 310,
      endToEndId: "E9040088820261121200500123873170",
      payer: { name: "João", document: "***982247**" }
    }
    const { of, text } = read(
      await render({ phase: "paid", ways: [], receipt, returnUrl: "https://shop.example/?a=1&b=2" })
    )
    for (const each of ["R$123.10", "R$3.10", "05:05 PM", receipt.endToEndId, "João · ***982247**"]) {
      assert.include(text, each)
    }
    assert.include(
      of("a").map(({ attributes }) => attributes["href"]),
      "https://shop.example/?a=1&b=2"
    )
    assert.notInclude(read(await render({ returnUrl: "https://shop.example/" })).text, "Back to the shop")
  })

  it.each(["javascript:alert(1)", "data:text/html,x", "//shop.example", "JAVASCRIPT:alert(1)//https://"])(
    "leads nowhere by %s",
    async (url) => {
      const { of } = read(
        await render({ phase: "paid", returnUrl: url, ways: ways({ type: "card", checkoutUrl: url }) })
      )
      assert.deepStrictEqual(
        of("a").map(({ attributes }) => attributes["href"]),
        ["?lang=pt-BR"]
      )
    }
  )

  it("shows any text as text", async () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc
        .array(
          fc.constantFrom(
            "<script>",
            "</textarea>",
            "</style>",
            "<!--",
            "]]>",
            '"',
            "'",
            "&amp;",
            "&lt",
            "\u202e",
            "\ud800",
            "`",
            "${x}",
            "\u0000",
            "a"
          ),
          { minLength: 1, maxLength: 8 }
        )
        .map((parts) => parts.join(""))
    )
    const everything = { ways: ways(pix, card, transfer), phase: "open" } as const
    const plain = read(await render(everything)).skeleton
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, async (description, payee, name) => {
        const beneficiary = ways(pix, card, { ...transfer, beneficiary: name, bankName: payee })
        const found = read(
          await render({ ...everything, description, payee, customer: { name, document: null }, ways: beneficiary })
        )
        assert.deepStrictEqual(found.skeleton, plain)
        const shown = found.all.find(({ attributes }) => attributes["class"] === "description")?.text
        // Only what has no place in a page is another, and HTML reads every line end as a line feed.
        const same = (text: string) => text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\s]/gu, " ")
        assert.strictEqual(same(shown ?? "").trim(), same(description).trim())
      }),
      { numRuns: 300 }
    )
  })

  it("has nothing from elsewhere, and no style or script but its own", async () => {
    const { all, of } = read(await render({ ways: ways(pix, boleto, card, transfer) }))
    for (const { attributes, tag } of all) {
      assert.notProperty(attributes, "style", tag)
      assert.isEmpty(
        Object.keys(attributes).filter((name) => name.startsWith("on")),
        tag
      )
      assert.isFalse("src" in attributes, tag)
    }
    for (const { attributes } of [...of("style"), ...of("script")])
      assert.deepStrictEqual(attributes, { nonce: "nonce" })
    assert.lengthOf(of("style"), 1)
    assert.lengthOf(of("script"), 1)
    assert.deepStrictEqual(
      of("link").map(({ attributes }) => attributes["href"]),
      ["data:,"]
    )
  })

  it("names every field and picture for those who do not see it", async () => {
    const { all, of } = read(await render({ ways: ways(pix, boleto) }))
    const labels = of("label").map(({ attributes }) => attributes["for"])
    assert.deepStrictEqual(
      of("textarea").map(({ attributes }) => attributes["id"]),
      labels
    )
    const ids = all.flatMap(({ attributes }) => attributes["id"] ?? [])
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { attributes } of of("button")) assert.include(ids, attributes["aria-describedby"])
    for (const { attributes } of all.filter(({ attributes }) => attributes["role"] === "img")) {
      assert.isNotEmpty(attributes["aria-label"])
    }
  })

  it("that leads nowhere says so", () => {
    for (const kind of ["missing", "unavailable"] as const) {
      assert.isNotEmpty(read(notice({ language: "pt-BR", nonce: "nonce" }, kind)).of("h1")[0]?.text)
    }
  })
})

describe("what a machine reads off the page", () => {
  it("is the PIX code, in the picture and under the button", async () => {
    const html = await render()
    const drawn = /class="qr"[\s\S]*?viewBox="0 0 (\d+) \d+"[\s\S]*?stroke="#000000" d="([^"]*)"/.exec(html)
    const size = Number(drawn?.[1])
    const scale = 4
    const pixels = new Uint8ClampedArray((size * scale) ** 2 * 4).fill(255)
    let [x, y] = [0, 0]
    // Runs of dark modules: moves to a row, then lines and gaps along it.
    for (const [, command, a, b] of (drawn?.[2] ?? "").matchAll(/([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?/g)) {
      if (command === "M") [x, y] = [Number(a), Math.floor(Number(b))]
      else {
        if (command === "h") {
          for (let i = 0; i < Number(a) * scale; i++) {
            for (let j = 0; j < scale; j++) {
              pixels.fill(
                0,
                ((y * scale + j) * size * scale + x * scale + i) * 4,
                ((y * scale + j) * size * scale + x * scale + i) * 4 + 3
              )
            }
          }
        }
        x += Number(a)
      }
    }
    const code = pix.type === "pix" ? pix.copyPaste : ""
    assert.strictEqual(jsQR.default(pixels, size * scale, size * scale)?.data, code)
    assert.strictEqual(read(html).of("button")[0]?.attributes["data-copy"], code)
    assert.strictEqual(read(html).of("textarea")[0]?.text, code)
  })

  it("is the boleto's barcode, by the table of interleaved 2 of 5", async () => {
    const html = await render({ ways: ways(boleto) })
    const drawing = /class="barcode"([\s\S]*?)<\/svg>/.exec(html)?.[1] ?? ""
    const bars = [...drawing.matchAll(/stroke-width="(\d+)" d="([^"]*)"/g)]
      .flatMap(([, width, d]) =>
        [...(d ?? "").matchAll(/M(\d+) /g)].map(([, x]) => ({ x: Number(x), width: Number(width) }))
      )
      .toSorted((a, b) => a.x - b.x)
    const narrow = Math.min(...bars.map(({ width }) => width))
    const widths = bars.flatMap(({ width, x }, index) => {
      const next = bars[index + 1]
      return next === undefined ? [width] : [width, next.x - next.width / 2 - (x + width / 2)]
    })
    const isWide = widths.map((width) => width > narrow * 2)
    assert.deepStrictEqual(
      [isWide.slice(0, 4), isWide.slice(-3)],
      [
        [false, false, false, false],
        [true, false, false]
      ]
    )
    const digits = ["00110", "10001", "01001", "11000", "00101", "10100", "01100", "00011", "10010", "01010"]
    const text = Array.from({ length: (isWide.length - 7) / 10 }, (_, pair) => {
      const ten = isWide.slice(4 + pair * 10, 14 + pair * 10)
      return [0, 1].map((first) =>
        digits.indexOf(
          ten
            .filter((_, index) => index % 2 === first)
            .map((wide) => (wide ? "1" : "0"))
            .join("")
        )
      )
    })
    assert.strictEqual(text.flat().join(""), boleto.type === "boleto" ? boleto.barcode : "")
    assert.strictEqual(
      read(html).of("button")[0]?.attributes["data-copy"],
      boleto.type === "boleto" ? boleto.digitableLine : ""
    )
  })
})

describe("the language", () => {
  it.each<[string | null, string | undefined, Language.Language]>([
    [null, undefined, "pt-BR"],
    [null, "de", "pt-BR"],
    [null, "en-US,en;q=0.9,pt;q=0.8", "en"],
    [null, "pt-PT", "pt-BR"],
    [null, "fr, en;q=0.3, pt;q=0.7", "pt-BR"],
    [null, "en;q=0, *", "pt-BR"],
    [null, ";;q=,,", "pt-BR"],
    ["en", "pt-BR", "en"],
    ["pt", "en", "pt-BR"],
    ["xx", "en", "en"],
    ["", "en", "en"]
  ])("of ?lang=%s and Accept-Language %s is %s", (asked, header, language) => {
    assert.strictEqual(choose(asked, header), language)
  })
})
