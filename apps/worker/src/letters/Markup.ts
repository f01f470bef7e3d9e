/**
 * A letter as HTML: one column that fits a phone, and styles on the elements, since many readers of mail drop everything else.
 * Nothing is fetched from anywhere.
 */
import { type Html, html } from "@salesos/app-wiring"
import type { Letter } from "./Letter.ts"

const button = ({ name, url }: NonNullable<Letter["link"]>): Html =>
  html`<p style="margin:24px 0 0">
    <a
      href="${url}"
      style="display:block;padding:14px 16px;border-radius:8px;background:#0b5cad;color:#ffffff;font-weight:bold;text-align:center;text-decoration:none"
      >${name}</a
    >
  </p>`

const row = ([name, value]: readonly [string, string]): Html =>
  html`<tr>
    <td style="padding:10px 0;border-top:1px solid #d5dce4">
      <div style="font-size:14px;color:#51606f">${name}</div>
      <div dir="auto" style="white-space:pre-line;overflow-wrap:anywhere;word-break:break-word">${value}</div>
    </td>
  </tr>`

export const markup = (letter: Letter): string => {
  const { amount, footer, language, link, rows, sandbox, sender, text, title } = letter
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="format-detection" content="telephone=no" />
        <meta name="color-scheme" content="light" />
        <title>${letter.subject}</title>
      </head>
      <body style="margin:0;padding:0;background:#f3f5f8;color:#17202b;font:16px/1.5 Arial,Helvetica,sans-serif">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse">
          <tr>
            <td align="center" style="padding:16px">
              <table
                role="presentation"
                width="100%"
                cellpadding="0"
                cellspacing="0"
                style="max-width:544px;border-collapse:collapse;table-layout:fixed;text-align:left"
              >
                <tr>
                  <td dir="auto" style="padding:8px 0 16px;font-weight:bold;overflow-wrap:anywhere">${sender}</td>
                </tr>
                ${
                  sandbox === null
                    ? null
                    : html`<tr>
                          <td style="padding:10px 20px;border:2px dashed #51606f;color:#51606f">${sandbox}</td>
                        </tr>
                        <tr>
                          <td style="height:16px"></td>
                        </tr>`
                }
                <tr>
                  <td style="padding:20px;background:#ffffff;border:1px solid #d5dce4">
                    <h1 style="margin:0;font-size:18px">${title}</h1>
                    ${
                      amount === null
                        ? null
                        : html`<p style="margin:8px 0 0;font-size:32px;line-height:1.2;font-weight:bold">${amount}</p>`
                    }
                    <p style="margin:12px 0 16px">${text}</p>
                    <table
                      role="presentation"
                      width="100%"
                      cellpadding="0"
                      cellspacing="0"
                      style="border-collapse:collapse;table-layout:fixed"
                    >
                      ${rows.map(row)}
                    </table>
                    ${link === null ? null : button(link)}
                  </td>
                </tr>
                <tr>
                  <td style="padding:16px 0;font-size:14px;color:#51606f;overflow-wrap:anywhere">
                    ${footer} <bdi>${sender}</bdi>
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html>`.text
}
