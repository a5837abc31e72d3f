// What is typed in a form is sealed by the server and kept in this window, unreadable: neither a lock, nor a session that ends, nor another button of the page
// takes it away. Text alone: what is chosen is chosen again.
import { beforeLeaving } from './leave.js'

// Keeps what is typed in the form and puts back what was; answers how to forget it.
export function keep (form) {
  const key = `hotline111-typed:${location.pathname}:${form.getAttribute('action')}`
  const fields = () => [...form.elements].filter(field => field.name && field.matches('textarea, input:not([type=hidden], [type=radio], [type=checkbox])'))
  let timer = 0
  let away = false
  let over = false

  function ask (address, values, passive) {
    const body = new FormData()
    body.set('__RequestVerificationToken', form.elements.__RequestVerificationToken.value)
    body.set('for', key)
    for (const [name, value] of values) body.set(name, value)
    return fetch(address, { method: 'POST', body, headers: passive ? { 'Hotline-Passive': '1' } : {}, redirect: 'manual' }).catch(() => null)
  }

  async function seal (passive) {
    clearTimeout(timer)
    timer = 0
    const typed = fields().filter(field => field.value !== field.defaultValue)
    if (typed.length === 0) {
      away = false
      sessionStorage.removeItem(key)
      return
    }
    const answer = await ask('/kept', typed.map(field => [`typed-${field.name}`, field.value]), passive)
    // A session that is over seals nothing more; what was sealed before stays.
    away = answer === null || answer.status >= 500
    const text = answer?.ok ? await answer.text() : null
    if (text && !over) sessionStorage.setItem(key, text)
  }

  const later = () => { timer ||= setTimeout(seal, 1500) }

  function forget () {
    over = true
    clearTimeout(timer)
    sessionStorage.removeItem(key)
  }

  async function restore (kept) {
    const answer = await ask('/kept/open', [['kept', kept]], true)
    const typed = answer?.ok ? await answer.json() : {}
    for (const field of fields()) {
      // What somebody has begun to type meanwhile is newer.
      if (typed[field.name] === undefined || field.value !== field.defaultValue) continue
      field.value = typed[field.name]
      field.dispatchEvent(new Event('input', { bubbles: true }))
    }
  }

  form.addEventListener('input', later)
  form.addEventListener('submit', forget)
  beforeLeaving(async () => {
    if (timer || away) await seal(true)
    return !away
  })
  const kept = sessionStorage.getItem(key)
  // What came back with errors holds what was typed.
  if (kept && !document.querySelector('.govuk-error-summary')) restore(kept)
  // Somebody was faster than this script.
  if (fields().some(field => field.value !== field.defaultValue)) later()
  return forget
}
