import { Conformance } from "../src/index.ts"
import { subject } from "./acme/subject.ts"

Conformance.suite("Acme", subject)
