/** Every word of the letters. */
import type { Language, Letter } from "@salesos/core"

const portuguese = {
  test: "Teste",
  sandbox: "Ambiente de testes: nenhum dinheiro de verdade foi movimentado.",
  kinds: {
    receipt: {
      title: "Recibo de pagamento",
      text: "Recebemos o seu pagamento. Obrigado!"
    },
    tax_document: {
      title: "Nota fiscal",
      text: "A sua nota fiscal foi emitida e está anexada em PDF e em XML: guarde os dois."
    },
    payout_receipt: {
      title: "Comprovante de pagamento",
      text: "Um pagamento foi enviado a você."
    }
  } as Readonly<Record<Letter.Kind, { readonly title: string; readonly text: string }>>,
  from: "Enviado por",
  number: "Cobrança",
  payout: "Pagamento",
  description: "Descrição",
  customer: "Pagador",
  beneficiary: "Favorecido",
  paid: "Valor pago",
  total: "Total pago com câmbio",
  reversed: "Valor devolvido",
  received: "Valor recebido",
  at: "Pago em",
  endToEndId: "ID da transação PIX",
  document: "Número da nota",
  issuedAt: "Emitida em",
  page: "Ver a página do pagamento",
  footer: "Esta é uma mensagem automática. Em caso de dúvida, fale com quem a enviou:"
}

export type Texts = typeof portuguese

const english: Texts = {
  test: "Test",
  sandbox: "Test environment: no real money was moved.",
  kinds: {
    receipt: { title: "Payment receipt", text: "We have received your payment. Thank you!" },
    tax_document: {
      title: "Fiscal document",
      text: "Your fiscal document was issued and is attached as PDF and as XML: keep both."
    },
    payout_receipt: { title: "Payout receipt", text: "A payment was sent to you." }
  },
  from: "Sent by",
  number: "Invoice",
  payout: "Payout",
  description: "Description",
  customer: "Billed to",
  beneficiary: "Beneficiary",
  paid: "Amount paid",
  total: "Total paid in your currency",
  reversed: "Amount returned",
  received: "Amount received",
  at: "Paid on",
  endToEndId: "PIX transaction id",
  document: "Document number",
  issuedAt: "Issued on",
  page: "See the payment's page",
  footer: "This message was sent automatically. If you have a question, ask whoever sent it:"
}

export const texts: Readonly<Record<Language.Language, Texts>> = { "pt-BR": portuguese, en: english }
