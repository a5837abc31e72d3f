// A form that may take a while: what is written is sealed by the server and kept in this window, unreadable, so that a session that ends takes nothing with it.
import { inTurn } from './in-turn.js'

const form = document.getElementById('form')
const key = `hotline111-kept:${location.pathname.replace(/\/(give|kept)$/, '')}`
const again = document.getElementById('kept')
const kept = sessionStorage.getItem(key)

if (again && kept) {
  again.querySelector('[name=kept]').value = kept
  again.hidden = false
}

let timer = 0
const sendings = inTurn(send)

async function keep () {
  timer = 0
  if (await sendings.run() && !timer) form.dataset.held = 'true'
}

async function send () {
  const answer = await fetch(form.dataset.keep, { method: 'POST', body: new FormData(form), redirect: 'manual' }).catch(() => null)
  if (!answer?.ok) return false
  sessionStorage.setItem(key, await answer.text())
  return true
}

function later () {
  delete form.dataset.held
  if (!timer) timer = setTimeout(keep, 1500)
}

form.addEventListener('input', later)
// What was typed last is kept before it is known whether it was taken; of a form that was, the sheet throws away what was kept.
form.addEventListener('submit', () => {
  if (!timer) return
  clearTimeout(timer)
  keep()
})
// Somebody was faster than this script.
if ([...form.elements].some(field => field.matches('[type=radio], [type=checkbox]') ? field.checked !== field.defaultChecked : field.matches('textarea, input:not([type=hidden])') && field.value !== field.defaultValue)) later()
