/** What `start` prints when everything runs: enough to issue the first charge. */
import { basePath } from "@salesos/api"
import { Console, Effect } from "effect"

export const welcome = ({
  apiKey,
  directory,
  outbox,
  url
}: {
  readonly apiKey: string
  readonly directory: string
  readonly outbox: string
  readonly url: string
}) =>
  Effect.gen(function* () {
    yield* Console.log(`
SalesOS Payments runs on ${url}

  API key     ${apiKey}
  reference   ${url}/docs
  data        ${directory}
  letters     ${outbox}

Issue a PIX charge of R$ 10.10; the sandbox pays it ten seconds later, the webhook appears here, and the
payer's receipt among the letters, which never leave this machine:

  curl -s ${url}${basePath}/invoices \\
    -H 'Authorization: Bearer ${apiKey}' \\
    -H "Idempotency-Key: $(date +%s%N)" \\
    -H 'Content-Type: application/json' \\
    -d '{"customer":{"country":"BR","document":"52998224725","name":"Maria da Silva","email":"maria@example.com"},"amount":1010,"currency":"BRL","description":"Consulting - April/2026","payment_method":{"type":"pix"},"cost_center":"CC-MKT"}'
`)
  })
