import { assert, describe, it } from "@effect/vitest"
import { EarlyRequests } from "@salesos/app-wiring"
import { once } from "node:events"
import { createServer, type IncomingMessage, request } from "node:http"
import { text } from "node:stream/consumers"

/** Sends a request, and waits until the server has read it: it then asks for the body. */
const arrived = async (port: number, path: string) => {
  const sent = request({ port, path, method: "POST", headers: { expect: "100-continue" } })
  const answer = once(sent, "response").then(([response]: ReadonlyArray<IncomingMessage>) => text(response!))
  sent.flushHeaders()
  await once(sent, "continue")
  sent.end()
  return { answer }
}

describe("a request that comes while routes are still being built", () => {
  it("is answered once they are there, like every later one", async () => {
    const server = EarlyRequests.kept(createServer())
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : assert.fail("Expected a port")
    try {
      const early = await Promise.all(["/a", "/b"].map((path) => arrived(port, path)))
      const heard: Array<string> = []
      server.on("request", ({ url = "" }, response) => {
        heard.push(url)
        response.end(`answered ${url}`)
      })
      const { answer: late } = await arrived(port, "/late")
      const answers = await Promise.all([...early.map(({ answer }) => answer), late])
      assert.deepEqual(answers, ["answered /a", "answered /b", "answered /late"])
      assert.sameMembers(heard, ["/a", "/b", "/late"])
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
