/** A real PostgreSQL from npm packages: for development, and for tests. */
export * as EmbeddedPostgres from "./EmbeddedPostgres.ts"
export * as TestDatabase from "./TestDatabase.ts"
