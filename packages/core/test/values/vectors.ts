/**
 * Vectors of others, collected on 2026-11-21, each with where it comes from. They were checked with two or more
 * implementations that are not ours: `@brazilian-utils/brazilian-utils` 2.4.0, `pix-utils` 2.8.2, `cpf-cnpj-validator` 2.1.2.
 */

/** The check value of CRC-16/CCITT-FALSE. */
export const crc = { text: "123456789", crc16: "29B1" }

/** Manual do BR Code (Banco Central), a static code with a random key. */
const manualStatic =
  "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D"

/** Manual do BR Code (Banco Central), a dynamic code. */
const manualDynamic =
  "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd4415204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4"

/** gist matheusb-comp/1efa205b: dynamic, the arrangement's name in capitals. */
const dynamicInCapitals =
  "00020101021226770014BR.GOV.BCB.PIX2555pix.example.com/qr/93598be0-1bd0-4997-8318-81776a1d8a995204000053039865802BR5907EMPRESA6009SAO PAULO62070503***6304EEAB"

export const brCodes = {
  manualStatic,
  manualDynamic,
  dynamicInCapitals,
  payable: [manualStatic, manualDynamic, dynamicInCapitals],
  /** bacen/pix-api openapi.yaml 2.9.0: Pix Automático, a recurrence without a payment. */
  recurrenceOnly:
    "00020126180014br.gov.bcb.pix5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***80800014br.gov.bcb.pix2558pix.example.com/qr/v2/rec/2353c790eefb11eaadc10242ac120002630462C9",
  /** gist matheusb-comp/1efa205b: the CRC is right, but field 62 says 8 characters and has 7. */
  wrongLength:
    "00020126360014BR.GOV.BCB.PIX0114+5511943214321520400005303986540566.665802BR5907EMPRESA6008BRASILIA62080503***6304170E"
}

/** Examples of bacen/pix-api openapi.yaml 2.9.0. */
export const pixIds = {
  payments: ["E12345678202009091221kkkkkkkkkkk", "E9040088820210128000800123873170"],
  returns: ["D12345678202009091000abcde123456"]
} as const

/** Made around the factor's rollover of 2025-02-22, R$ 100.00, bank 001; valid to `@brazilian-utils` too. */
export const boletosMade = [
  {
    due: "2025-02-21",
    factor: 9999,
    barcode: "00194999900000100001234567890123456789012345",
    line: "00191234546789012345767890123457499990000010000"
  },
  {
    due: "2025-02-22",
    factor: 1000,
    barcode: "00191100000000100001234567890123456789012345",
    line: "00191234546789012345767890123457110000000010000"
  },
  {
    due: "2025-02-23",
    factor: 1001,
    barcode: "00195100100000100001234567890123456789012345",
    line: "00191234546789012345767890123457510010000010000"
  }
] as const

/** Of Banco do Brasil, due on 2018-07-15, R$ 1,026.56. */
export const boletoReal = {
  barcode: "00196758600001026560000001149718606852452211",
  line: "00190000090114971860168524522114675860000102656"
}

/** Its general check digit changed from 3 to 4; `@mrmgomes/boleto-utils` 1.3.3 takes it for valid. */
export const boletoWithWrongGeneralDigit = "00190500954014481606906809350314437370000000100"

/** Lines of collection slips (arrecadação), valid as such. */
export const collectionSlips = [
  "836200000005667800481000180975657313001589636081",
  "846700000017435900240209024050002435842210108119"
] as const

/** Due dates and their factors: FEBRABAN Comunicado 082/2012 and tables of several banks. */
export const factors = [
  ["2000-07-03", 1000],
  ["2000-07-05", 1002],
  ["2002-05-01", 1667],
  ["2010-11-17", 4789],
  ["2025-02-21", 9999],
  ["2025-02-22", 1000],
  ["2025-02-23", 1001],
  ["2026-12-31", 1677],
  ["2049-10-13", 9999],
  ["2049-10-14", 1000]
] as const

/** The first is the official manual's (manual-dv-cnpj.pdf); the last but one is of real fiscal documents of 2026. */
export const cnpjs = ["12ABC34501DE35", "Q0SLFMBD7VX439", "6TS1HJ0S000170", "11222333000181"] as const
export const cpfs = ["52998224725", "11144477735"] as const
export const wrongTaxIds = ["12ABC34501DE34", "11111111111111", "11111111111"] as const
