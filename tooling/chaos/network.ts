/** What the network does, by chance: between the gateway and its providers, and between providers and the gateway. */
import { Fault, type Proxy } from "@salesos/provider-testkit/proxy"
import type { Pace } from "./pace.ts"

type Chaos = Exclude<Parameters<Proxy["chaos"]>[0], null>

/** One exchange in four goes wrong. A request to a provider is never sent twice by the network: no proxy does that. */
export const chaos = (seed: number | string, { late, overtaken }: Pace): Chaos => ({
  seed,
  request: [
    { rate: 0.05, fault: Fault.delay({ before: "300 millis", after: "300 millis" }) },
    { rate: 0.01, fault: Fault.delay({ before: late }) },
    { rate: 0.03, fault: Fault.dropRequest },
    { rate: 0.04, fault: Fault.dropAnswer },
    { rate: 0.01, fault: Fault.holdRequest },
    { rate: 0.01, fault: Fault.holdAnswer },
    { rate: 0.03, fault: Fault.tooManyRequests(1) },
    { rate: 0.02, fault: Fault.instead(503, "Service Unavailable") },
    { rate: 0.02, fault: Fault.answerInstead(502, "Bad Gateway") },
    { rate: 0.01, fault: Fault.answerInstead(500, { message: "Internal error" }) },
    { rate: 0.01, fault: Fault.reorder(overtaken) },
    { rate: 0.02, fault: Fault.truncate() },
    { rate: 0.02, fault: Fault.malform }
  ],
  callback: [
    { rate: 0.1, fault: Fault.duplicate },
    { rate: 0.08, fault: Fault.reorder(overtaken) },
    { rate: 0.05, fault: Fault.dropRequest },
    { rate: 0.05, fault: Fault.dropAnswer },
    { rate: 0.03, fault: Fault.instead(500, "") }
  ]
})
