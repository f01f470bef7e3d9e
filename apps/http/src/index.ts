/** The REST API as layers, for a process that runs it beside other things. */
export { routes, serve } from "./Server.ts"
