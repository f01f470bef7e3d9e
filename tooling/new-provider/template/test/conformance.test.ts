import { Conformance } from "@salesos/provider-testkit"
import { subject } from "./subject.ts"

Conformance.suite("NewPay", subject)
