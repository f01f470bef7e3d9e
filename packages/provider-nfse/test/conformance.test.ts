import { Taxes } from "@salesos/provider-testkit"
import { subject } from "./subject.ts"

Taxes.suite("NFS-e", subject)
