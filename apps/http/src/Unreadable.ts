/**
 * What is no HTTP request: a method or a header that can't be one, headers without end, a body that never comes. Node
 * answers those itself, before any route; here they get a problem like every other error, and the connection is closed.
 */
import { Problems } from "@salesos/api"
import { randomUUID } from "node:crypto"
import type { Server } from "node:http"

/** Makes a server answer what it can't read. */
export const answered = (server: Server, publicUrl: string): Server =>
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // Gone, or in the middle of an answer: nothing more can be said.
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy()
    const problem = new Problems.BadRequest({ detail: "This is not an HTTP request that can be read" })
    const requestId = `req_${randomUUID().replaceAll("-", "")}`
    const body = JSON.stringify(
      Object.assign({}, problem, { type: `${publicUrl}${problem.type}`, request_id: requestId })
    )
    socket.end(
      `HTTP/1.1 ${problem.status} Bad Request\r\ncontent-type: ${Problems.contentType}\r\nrequest-id: ${requestId}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
    )
  })
