/** What the tests use of a library without types. */
declare module "boleto-brasileiro-validator" {
  const library: {
    readonly boletoBancarioCodigoBarras: (barcode: string) => boolean
    /** With `checkFields`, the check digits of the first three fields too. */
    readonly boletoBancarioLinhaDigitavel: (line: string, checkFields: boolean) => boolean
  }
  export default library
}
