// What is typed and chosen in a form is sealed by the server and kept in this window, unreadable: neither a lock, nor a session that ends, nor another button of the
// page takes it away. Never what is hidden, secret or a file.
import { inTurn } from './in-turn.js'
import { beforeLeaving } from './leave.js'

const kinds = 'textarea, select, input:not([type=hidden], [type=password], [type=file], [type=submit], [type=button], [type=reset], [type=image], [autocomplete=one-time-code])'
const isBox = field => field.matches('[type=radio], [type=checkbox]')

// What stands in a field, and what stood there when the page was made.
const standing = field => isBox(field) ? (field.checked ? [field.value] : []) : [field.value]
const made = field => isBox(field)
  ? (field.defaultChecked ? [field.value] : [])
  : [field.matches('select') ? ([...field.options].findLast(option => option.defaultSelected) ?? field.options[0])?.value ?? '' : field.defaultValue]

// Keeps what is typed and chosen in the form and puts back what was; answers whether it holds something that nobody has taken yet, and how to forget it.
export function keep (form) {
  const { again } = form.dataset
  // The same form on the page that answers it with errors, which stands at another address.
  const key = `hotline111-typed:${form.getAttribute('action')}${again ? location.search : ''}`
  const fields = () => [...form.elements].filter(field => field.name && field.matches(kinds))
  // By name, because boxes of one name are one choice.
  const all = of => {
    const found = new Map()
    for (const field of fields()) found.set(field.name, [...(found.get(field.name) ?? []), ...of(field)])
    return found
  }
  const first = all(made)
  // What came back to be put right holds what was typed and chosen, and nobody has taken it yet.
  const cameBack = document.querySelector('.govuk-error-summary') !== null || (again && !again.startsWith(`${location.pathname}/kept`))
  let timer = 0
  let away = false
  let over = false

  function changed () {
    const now = all(standing)
    return [...new Set([...first.keys(), ...now.keys()])].filter(name => JSON.stringify(first.get(name) ?? []) !== JSON.stringify(now.get(name) ?? []))
  }

  const isDirty = () => cameBack || changed().length > 0

  function ask (address, values, passive) {
    const body = new FormData()
    body.set('__RequestVerificationToken', form.elements.__RequestVerificationToken.value)
    body.set('for', key)
    for (const [name, value] of values) body.append(name, value)
    return fetch(address, { method: 'POST', body, headers: passive ? { 'Hotline-Passive': '1' } : {}, redirect: 'manual' }).catch(() => null)
  }

  // What stood at these names when the page was made.
  const stood = names => JSON.stringify(names.toSorted().map(name => [name, first.get(name) ?? []]))

  const sealings = inTurn(sealed)

  async function seal (passive) {
    clearTimeout(timer)
    timer = 0
    if (await sealings.run(passive) && !timer) form.dataset.held = 'true'
  }

  async function sealed (passive) {
    if (!isDirty()) {
      away = false
      sessionStorage.removeItem(key)
      return true
    }
    const now = all(standing)
    // The server makes some pages anew from all that stands in them.
    const names = again || cameBack ? [...now.keys()] : changed()
    const values = names.flatMap(name => (now.get(name)?.length ? now.get(name) : ['']).map(value => [`typed-${name}`, value]))
    if (!again && !cameBack) values.push(['typed-', stood(names)])
    const answer = await ask('/kept', values, passive)
    // A session that is over seals nothing more; what was sealed before stays.
    away = answer === null || answer.status >= 500
    const text = answer?.ok ? await answer.text() : null
    if (!text || over) return false
    sessionStorage.setItem(key, text)
    return true
  }

  function later () {
    delete form.dataset.held
    timer ||= setTimeout(seal, 1500)
  }

  function forget () {
    over = true
    clearTimeout(timer)
    sessionStorage.removeItem(key)
  }

  async function restore (kept) {
    const answer = await ask(again ?? '/kept/open', [['kept', kept]], true)
    if (answer?.status !== 200) return
    if (again) {
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      // What somebody has begun to type meanwhile is newer.
      if (changed().length > 0) return
      form.replaceChildren(...page.getElementById(form.id).childNodes)
      window.htmx.process(form)
      return
    }
    const typed = await answer.json()
    const newer = changed()
    for (const field of fields()) {
      const values = typed[field.name]
      if (!values || newer.includes(field.name)) continue
      const before = standing(field).join()
      if (field.matches('[type=radio]')) field.checked ||= values.includes(field.value)
      else if (isBox(field)) field.checked = values.includes(field.value)
      // What is offered no more is not chosen.
      else if (!field.matches('select') || [...field.options].some(option => option.value === values[0])) field.value = values[0]
      if (standing(field).join() === before) continue
      field.closest('details')?.setAttribute('open', '')
      field.dispatchEvent(new Event('input', { bubbles: true }))
    }
    // Somebody else changed meanwhile what was changed here too: the form says that it was made from something older, and the server before it takes it.
    const seen = form.elements.seen ?? form.elements.version
    if (seen?.value && typed['']?.[0] && typed[''][0] !== stood(Object.keys(typed).filter(name => name))) seen.value = '0'
  }

  form.addEventListener('input', later)
  form.addEventListener('change', later)
  // What another choice brought with it belongs to it.
  form.addEventListener('htmx:after:swap', later)
  // Whether it arrives is seen on the page that follows.
  form.addEventListener('submit', () => {
    over = true
    clearTimeout(timer)
    sessionStorage.setItem('hotline111-sent', key)
  })
  beforeLeaving(async () => {
    if (timer || sealings.busy() || away) await seal(true)
    return !away
  })
  const kept = sessionStorage.getItem(key)
  if (cameBack) later()
  else if (kept) restore(kept)
  // Somebody was faster than this script.
  if (changed().length > 0) later()
  return { forget, isDirty }
}

// A form that keeps what is in it, and asks nobody who leaves it.
const silent = document.querySelector('form[data-again]')
if (silent) keep(silent)
