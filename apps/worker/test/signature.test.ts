import { assert, describe, it } from "@effect/vitest"
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import { sign } from "../src/Signature.ts"

/** The few lines of the README that verify a webhook in Node. */
const isOurs = async (): Promise<(header: string, rawBody: string, secret: string) => boolean> => {
  const readme = await readFile(resolve(import.meta.dirname, "../../../README.md"), "utf8")
  const [, code] = /```js\n(import \{ createHmac[\s\S]*?)```/.exec(readme) ?? assert.fail("The README does not say how")
  return (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code ?? "")}`)).isOurs
}

// By openssl: printf '%s' '1700000000.{"id":"evt_1","name":"João"}' | openssl dgst -sha256 -hmac 'whsec_c2FsZXNvcw'
const body = '{"id":"evt_1","name":"João"}'
const current = "30f6236bf7cc8ce34d078523fcb250c84ab03713409c19082a56358ef6b0ce0c"
const older = "467566b929ad756badfb6e19bf88a1489f6d137bf794039f64efe60f35e1bd65"

describe("the signature of a webhook", () => {
  it("is the HMAC-SHA256 of time and body, keyed with the secret as it is shown", () => {
    assert.strictEqual(sign(["whsec_c2FsZXNvcw"], 1_700_000_000, body), `t=1700000000,v1=${current}`)
  })

  it("has one value for each secret in force", () => {
    const signed = sign(["whsec_c2FsZXNvcw", "whsec_older"], 1_700_000_000, body)
    assert.strictEqual(signed, `t=1700000000,v1=${current},v1=${older}`)
  })

  it("is another one for any other time, body or secret", () => {
    const all = [
      sign(["whsec_c2FsZXNvcw"], 1_700_000_000, body),
      sign(["whsec_c2FsZXNvcw"], 1_700_000_001, body),
      sign(["whsec_c2FsZXNvcw"], 1_700_000_000, `${body} `),
      sign(["whsec_c2FsZXNvcx"], 1_700_000_000, body)
    ].map((header) => header.slice(header.indexOf("v1=")))
    assert.strictEqual(new Set(all).size, all.length)
  })

  it("is verified by the lines in the README, with either secret and no other", async () => {
    const verify = await isOurs()
    const now = Math.floor(Date.now() / 1000)
    const header = sign(["whsec_c2FsZXNvcw", "whsec_older"], now, body)
    assert.isTrue(verify(header, body, "whsec_c2FsZXNvcw"))
    assert.isTrue(verify(header, body, "whsec_older"))
    assert.isFalse(verify(header, body, "whsec_other"))
    assert.isFalse(verify(header, `${body} `, "whsec_older"))
    assert.isFalse(verify(header.replace(/v1=.*/, "v1=x"), body, "whsec_older"))
    assert.isFalse(verify(header.replace(/v1=.*/, `v1=${"é".repeat(64)}`), body, "whsec_older"))
    assert.isFalse(verify("", body, "whsec_older"))
    for (const old of [now - 400, now + 400]) {
      assert.isFalse(verify(sign(["whsec_older"], old, body), body, "whsec_older"))
    }
  })
})
