/** The endpoint of P6: answers at once, and tells when it was asked. A process of its own. */
import { createServer } from "node:http"

const seen = { count: 0, first: 0, last: 0 }
let latencies: Array<number> = []

createServer((request, response) => {
  if (request.method === "GET") return response.end(JSON.stringify({ ...seen, latencies }))
  if (request.method === "DELETE") {
    Object.assign(seen, { count: 0, first: 0, last: 0 })
    latencies = []
    return response.writeHead(204).end()
  }
  let body = ""
  request.setEncoding("utf8")
  request.on("data", (chunk: string) => (body += chunk))
  request.once("end", () => {
    const now = Date.now()
    if (seen.count++ === 0) seen.first = now
    seen.last = now
    const [, at] = /"at":(\d+)/.exec(body) ?? []
    if (at !== undefined) latencies.push(now - Number(at))
    response.writeHead(204).end()
  })
}).listen(Number(process.env["PORT"]), "127.0.0.1")
