/**
 * The page at a payment link, where a payer types a card. It works without scripts.
 */
import { cards } from "./cards.ts"
import { closed } from "./links.ts"
import type { Link } from "./rows.ts"

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (each) => escapes[each] ?? "")

const words: Readonly<Record<string, string>> = {
  authorized: "Autorizado: o pagamento será concluído em instantes",
  failed: "Recusado",
  paid: "Pago",
  under_review: "Em análise"
}

const reais = (cents: number): string =>
  new Intl.NumberFormat("pt-BR", { style: "currency", currency: "BRL" }).format(cents / 100)

const form = (link: Link): string => `
      <form method="post">
        <label>Cartão <input name="number" inputmode="numeric" autocomplete="cc-number" required></label>
        <label>Validade <input name="expiry" placeholder="MM/AA" autocomplete="cc-exp" required></label>
        <label>CVV <input name="cvv" inputmode="numeric" autocomplete="cc-csc" required></label>
        <label>CPF ou CNPJ <input name="document" value="${escape(link.preTransaction.customer?.documentNumber ?? "")}" required></label>
        <label>Parcelas <input name="installments" type="number" min="1" max="12" value="1" required></label>
        <button>Pagar</button>
      </form>
      <details>
        <summary>Cartões de teste</summary>
        <ul>${cards.map(({ brand, cvv, expiryDate, number }) => `<li>${brand} ${number} ${expiryDate} ${cvv}</li>`).join("")}</ul>
        <p>Documento terminado em 1 ou 3 autoriza, em 2 ou 4 recusa; qualquer outro vai para análise.</p>
      </details>`

/** The page as it is now; `message` says why the last try was not taken. */
export const page = (link: Link, message: string | null): string => {
  const { amount, description, transactions } = link.preTransaction
  const last = transactions.at(-1)
  return `<!doctype html>
<html lang="pt-BR">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${escape(description)}</title>
    <style>body{font:1rem/1.5 sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem}label{display:block}</style>
  </head>
  <body>
    <main>
      <h1>${escape(description)}</h1>
      <p>${reais(amount)}</p>
      ${last === undefined ? "" : `<p role="status">${words[last.status] ?? last.status}</p>`}
      ${message === null ? "" : `<p role="alert">${escape(message)}</p>`}
      ${closed(link) === null ? form(link) : ""}
    </main>
  </body>
</html>
`
}
