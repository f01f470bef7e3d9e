/** The worker as a layer, for a process that runs it beside other things. */
export * as Config from "./Config.ts"
export { layer } from "./Worker.ts"
export { sign } from "./Signature.ts"
