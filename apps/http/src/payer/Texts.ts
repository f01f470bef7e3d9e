/** Every word of the payer's page. */
import type { Language, PayerSide } from "@salesos/core"

const portuguese = {
  other: { language: "en", name: "English" } as { readonly language: Language.Language; readonly name: string },
  sandbox: "Ambiente de testes: nenhum dinheiro de verdade é movimentado.",
  number: "Cobrança",
  payee: "Pagamento para",
  customer: "Pagador",
  phases: {
    preparing: { title: "Preparando a cobrança", text: "Esta página se atualiza sozinha em instantes." },
    open: {
      title: "Aguardando pagamento",
      text: "Assim que o pagamento for confirmado, esta página se atualiza sozinha."
    },
    lapsed: {
      title: "Não é possível pagar agora",
      text: "O prazo terminou ou a cobrança está sendo conferida. Se você já pagou, aguarde: esta página se atualiza sozinha."
    },
    paid: { title: "Pagamento confirmado", text: "Obrigado! Guarde esta página como comprovante." },
    canceled: { title: "Cobrança cancelada", text: "Esta cobrança foi cancelada e não pode mais ser paga." },
    expired: {
      title: "Cobrança vencida",
      text: "O prazo para pagamento terminou. Peça uma nova cobrança a quem a enviou."
    },
    failed: {
      title: "Cobrança não concluída",
      text: "Não foi possível receber por esta cobrança. Peça uma nova a quem a enviou."
    }
  } as Readonly<Record<PayerSide.Phase, { readonly title: string; readonly text: string }>>,
  copy: "Copiar",
  copied: "Copiado",
  until: "Pague até",
  pix: {
    title: "PIX",
    steps: [
      "Abra o aplicativo do seu banco e escolha pagar com PIX.",
      "Leia o QR Code ou cole o código abaixo.",
      "Confira os dados e confirme."
    ],
    qrCode: "QR Code do PIX",
    code: "PIX copia e cola"
  },
  boleto: {
    title: "Boleto",
    line: "Linha digitável",
    barcode: "Código de barras",
    due: "Vencimento",
    pdf: "Abrir o boleto em PDF",
    delay: "O pagamento de um boleto leva até dois dias úteis para ser confirmado."
  },
  card: {
    title: "Cartão",
    pay: "Pagar com cartão",
    text: "Os dados do cartão são digitados na página segura da processadora."
  },
  charged: "O cartão está sendo cobrado.",
  transfer: {
    title: "Transferência bancária",
    bank: "Banco",
    agency: "Agência",
    account: "Conta",
    type: { current: "corrente", savings: "poupança" },
    beneficiary: "Favorecido",
    document: "CPF/CNPJ do favorecido",
    exact: "Transfira exatamente este valor:"
  },
  exchange: {
    title: "Câmbio",
    invoiced: "Valor da cobrança",
    rate: "Cotação",
    fee: "Tarifa",
    total: "Total a pagar"
  },
  receipt: {
    paid: "Valor pago",
    at: "Pago em",
    reversed: "Valor devolvido",
    payer: "Quem pagou",
    endToEndId: "ID da transação PIX"
  },
  back: "Voltar para a loja",
  missing: {
    title: "Página não encontrada",
    text: "Este link não leva a nenhuma cobrança. Confira o endereço ou peça um novo link a quem o enviou."
  },
  unavailable: { title: "Indisponível no momento", text: "Tente novamente em alguns instantes." }
}

export type Texts = typeof portuguese

const english: Texts = {
  other: { language: "pt-BR", name: "Português" },
  sandbox: "Test environment: no real money is moved.",
  number: "Invoice",
  payee: "Payment to",
  customer: "Billed to",
  phases: {
    preparing: { title: "Preparing the payment", text: "This page updates by itself in a moment." },
    open: { title: "Waiting for payment", text: "This page updates by itself as soon as the payment is confirmed." },
    lapsed: {
      title: "It can't be paid right now",
      text: "Time has run out, or the payment is being checked. If you have already paid, wait: this page updates by itself."
    },
    paid: { title: "Payment confirmed", text: "Thank you! Keep this page as your receipt." },
    canceled: { title: "Invoice canceled", text: "This invoice was canceled and can't be paid any more." },
    expired: { title: "Invoice expired", text: "The time to pay has run out. Ask whoever sent it for a new one." },
    failed: { title: "Payment not possible", text: "This invoice can't be paid. Ask whoever sent it for a new one." }
  },
  copy: "Copy",
  copied: "Copied",
  until: "Pay by",
  pix: {
    title: "PIX",
    steps: [
      "Open your bank's app and choose to pay with PIX.",
      "Scan the QR code, or paste the code below.",
      "Check the details and confirm."
    ],
    qrCode: "PIX QR code",
    code: "PIX copy and paste"
  },
  boleto: {
    title: "Boleto",
    line: "Digitable line",
    barcode: "Barcode",
    due: "Due date",
    pdf: "Open the boleto as PDF",
    delay: "A boleto's payment takes up to two business days to be confirmed."
  },
  card: { title: "Card", pay: "Pay by card", text: "You enter the card on the payment processor's secure page." },
  charged: "The card is being charged.",
  transfer: {
    title: "Bank transfer",
    bank: "Bank",
    agency: "Branch",
    account: "Account",
    type: { current: "checking", savings: "savings" },
    beneficiary: "Beneficiary",
    document: "Beneficiary's CPF/CNPJ",
    exact: "Transfer exactly this amount:"
  },
  exchange: {
    title: "Exchange",
    invoiced: "Invoice amount",
    rate: "Rate",
    fee: "Fee",
    total: "Total to pay"
  },
  receipt: {
    paid: "Amount paid",
    at: "Paid on",
    reversed: "Amount returned",
    payer: "Paid by",
    endToEndId: "PIX transaction id"
  },
  back: "Back to the shop",
  missing: {
    title: "Page not found",
    text: "This link leads to no invoice. Check the address, or ask whoever sent it for a new link."
  },
  unavailable: { title: "Unavailable right now", text: "Try again in a moment." }
}

export const texts: Readonly<Record<Language.Language, Texts>> = { "pt-BR": portuguese, en: english }
