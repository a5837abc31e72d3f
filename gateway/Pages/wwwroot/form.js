// A form that may take a while: what is written is sealed by the server and kept in this window, unreadable, so that a session that ends takes nothing with it.
const form = document.getElementById('form')
const key = `hotline111-kept:${location.pathname.replace(/\/(give|kept)$/, '')}`
const again = document.getElementById('kept')
const kept = sessionStorage.getItem(key)

if (again && kept) {
  again.querySelector('[name=kept]').value = kept
  again.hidden = false
}

let timer = 0
async function keep () {
  timer = 0
  const answer = await fetch(form.dataset.keep, { method: 'POST', body: new FormData(form), redirect: 'manual' }).catch(() => null)
  if (answer?.ok) sessionStorage.setItem(key, await answer.text())
}

form.addEventListener('input', () => {
  if (!timer) timer = setTimeout(keep, 1500)
})
// What was typed last is kept before it is known whether it was taken; of a form that was, the sheet throws away what was kept.
form.addEventListener('submit', () => {
  if (!timer) return
  clearTimeout(timer)
  keep()
})
