/** How the payer's page looks: for a phone first, in the browser's own fonts, light or dark as the payer has it. */
export const style = `
:root { color-scheme: light dark; --ink: #17202b; --soft: #51606f; --page: #f3f5f8; --card: #fff; --line: #d5dce4;
  --accent: #0b5cad; --on-accent: #fff; --good: #0c6b3f; --good-soft: #e2f4ea; --bad: #a3261b; --bad-soft: #fcebe9;
  --wait: #6b4700; --wait-soft: #fff4dc }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef2f6; --soft: #b0bcc8; --page: #10161d; --card: #1a222c; --line: #36424f; --accent: #8cc4ff;
    --on-accent: #0b1a2a; --good: #7fdcaa; --good-soft: #12301f; --bad: #ffb0a6; --bad-soft: #3b1815; --wait: #ffd98a;
    --wait-soft: #33270c }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 34rem; margin: 0 auto; padding: 1rem }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; padding: .25rem 0 1rem }
header p { margin: 0; overflow-wrap: anywhere }
header small { display: block; color: var(--soft) }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin: 0 0 1rem }
.sandbox { border: 2px dashed var(--soft); color: var(--soft); border-radius: .75rem; padding: .6rem 1.25rem; margin: 0 0 1rem }
h1 { font-size: 2.1rem; line-height: 1.15; margin: 0 0 .5rem; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 0 0 .75rem }
.description { margin: 0 0 1rem; white-space: pre-line; overflow-wrap: anywhere }
.phase { border-radius: .5rem; margin: 0 0 .75rem; padding: .75rem 1rem; background: var(--wait-soft); color: var(--wait) }
.phase strong { display: block }
.phase p { margin: 0 }
.phase.paid { background: var(--good-soft); color: var(--good) }
.phase.canceled, .phase.expired, .phase.failed { background: var(--bad-soft); color: var(--bad) }
dl { margin: 0 }
dl div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .45rem 0; border-top: 1px solid var(--line) }
dl div:first-child { border-top: 0 }
dt { color: var(--soft) }
dd { margin: 0 0 0 auto; text-align: right; overflow-wrap: anywhere; min-width: 0; unicode-bidi: isolate }
.qr, .barcode { background: #fff; border-radius: .5rem; padding: .5rem; margin: 0 auto 1rem }
.qr { max-width: 16rem; border: 1px solid var(--line) }
.qr svg, .barcode svg { display: block; width: 100%; height: auto }
.barcode { padding: 1rem .25rem; border: 1px solid var(--line) }
.barcode svg { height: 5rem }
ol { padding-left: 1.3rem; margin: 0 0 1rem }
.copy { margin: 0 0 1rem }
label { display: block; font-weight: 600; margin: 0 0 .25rem }
textarea { display: block; width: 100%; resize: none; field-sizing: content; padding: .6rem; border: 1px solid var(--soft); border-radius: .5rem;
  background: var(--page); color: var(--ink); font: .9rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; word-break: break-all }
#boleto-line { word-break: normal }
button, .button { display: block; width: 100%; min-height: 3rem; margin: .5rem 0 0; padding: .7rem 1rem; border: 0; border-radius: .5rem;
  background: var(--accent); color: var(--on-accent); font: 600 1rem/1.5 system-ui, sans-serif; text-align: center;
  text-decoration: none; cursor: pointer }
.until, .note { margin: .5rem 0 0; color: var(--soft) }
.until strong { color: var(--ink) }
.back { text-align: center }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media print { button, .button, .language, .back { display: none } .card { border-color: #999 } }
`
