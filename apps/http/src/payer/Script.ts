/**
 * What the payer's page does by itself: copies, and shows what has become of the invoice. Written for the browser, without
 * a build: it asks for the status and loads the page again when it is another one, so the page has one way to be rendered.
 */
export const script = `
"use strict"
const said = document.getElementById("said")
const select = (field) => { field.focus(); field.select(); return document.execCommand("copy") }
for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.textContent
  let back
  button.hidden = false
  button.addEventListener("click", async () => {
    const field = button.parentElement.querySelector("textarea")
    let done
    try { await navigator.clipboard.writeText(button.dataset.copy); done = true } catch { done = select(field) }
    if (!done) return
    button.textContent = said.textContent = button.dataset.copied
    clearTimeout(back)
    back = setTimeout(() => { button.textContent = label; said.textContent = "" }, 2500)
  })
}
const { version, wait } = document.body.dataset
if (wait) {
  let asked = 0
  let timer
  const ask = async () => {
    clearTimeout(timer)
    if (document.hidden) return
    try {
      const answer = await fetch(location.pathname + "/status", { cache: "no-store", headers: { accept: "application/json" } })
      if (answer.ok && (await answer.json()).version !== version) return location.reload()
    } catch {}
    asked += 1
    timer = setTimeout(ask, asked < 100 ? wait * 1000 : 30000)
  }
  document.addEventListener("visibilitychange", ask)
  timer = setTimeout(ask, wait * 1000)
}
`
