/**
 * Requests that come before there is anybody to answer them. A server listens before its routes are built, and Node gives a request
 * that finds no listener to nobody: it would never be answered. Here it waits until there is one.
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http"

/** Makes a server keep what comes before its first listener for requests, and give it to that one. */
export const kept = (server: Server): Server => {
  const waiting: Array<readonly [IncomingMessage, ServerResponse]> = []
  const keep: RequestListener = (request, response) => void waiting.push([request, response])
  const hand = (event: string | symbol): void => {
    if (event !== "request") return
    server.off("newListener", hand).off("request", keep)
    // The listener is added right after it was announced.
    queueMicrotask(() => {
      for (const [request, response] of waiting.splice(0)) server.emit("request", request, response)
    })
  }
  return server.on("request", keep).on("newListener", hand)
}
