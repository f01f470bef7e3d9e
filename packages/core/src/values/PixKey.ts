/**
 * PIX keys, each with the type its owner declared. The type is never guessed from the key: 11 digits are a CPF or a
 * phone. The forms are those of the central bank's key directory (DICT API 1.8.0, "Formatação das chaves"; letters in
 * a CNPJ since API Pix 2.9.0), so a key is sent as it stands.
 *
 * One wrong character of a CPF or a CNPJ is caught as `Documents.ts` says. The others have no check digits: a mistyped
 * phone, e-mail or random key may be somebody else's.
 */
import { Schema } from "effect"
import { Cnpj, Cpf } from "./Documents.ts"
import { Phone, mayBeMobile } from "./Phone.ts"

/** An e-mail address in lower case, at most 77 characters, by the directory's own pattern. */
export const EmailKey = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      text.length <= 77 &&
      /^[a-z0-9.!#$&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/.test(
        text
      ),
    { message: "Expected an e-mail address in lower case, at most 77 characters", code: "invalid_email" }
  )
).pipe(Schema.brand("EmailKey"))
export type EmailKey = typeof EmailKey.Type

/** A mobile phone's number; the directory takes no landline. */
export const PhoneKey = Phone.check(
  Schema.makeFilter(mayBeMobile, {
    message: "Expected a mobile phone's number, such as +5511987654321",
    code: "invalid_phone"
  })
)
export type PhoneKey = typeof PhoneKey.Type

/** A random key ("chave aleatória"): a lower-case UUID. The directory asks for no version, so none is checked. */
export const EvpKey = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, {
    message: "Expected a UUID in lower case",
    code: "invalid_evp"
  })
).pipe(Schema.brand("EvpKey"))
export type EvpKey = typeof EvpKey.Type

/** A key and its declared type, which decides what the key must look like. */
export const PixKey = Schema.Union([
  Schema.Struct({ type: Schema.Literal("cpf"), key: Cpf }),
  Schema.Struct({ type: Schema.Literal("cnpj"), key: Cnpj }),
  Schema.Struct({ type: Schema.Literal("email"), key: EmailKey }),
  Schema.Struct({ type: Schema.Literal("phone"), key: PhoneKey }),
  Schema.Struct({ type: Schema.Literal("evp"), key: EvpKey })
])
export type PixKey = typeof PixKey.Type
export type Type = PixKey["type"]
