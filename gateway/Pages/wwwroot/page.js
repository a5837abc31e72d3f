// What every page does with scripts; without them every page still works.
import { initAll } from './lib/govuk-frontend.js'
import './keys.js'
import { leave } from './leave.js'

const body = document.body

// Components of both libraries, on the page and in what htmx puts into it.
async function begin (scope) {
  initAll({ scope })
  if (scope.querySelector('[data-module^="moj-"]')) {
    const moj = await import('./lib/moj-frontend.js')
    moj.initAll({ scope })
  }
}

begin(document)
document.addEventListener('htmx:after:process', event => {
  if (event.target instanceof HTMLElement && event.target !== body && event.target.querySelector('[data-module]')) begin(event.target)
})

// A form of which a part was answered with errors: the summary takes the focus.
document.addEventListener('htmx:after:swap', () => document.querySelector('.govuk-error-summary')?.focus())

// A live part that could not be had just now is asked for again when the answer says so; the seconds are stretched, so that not everybody comes at once.
document.addEventListener('htmx:response:error', event => {
  const part = event.target
  const { status, headers } = event.detail.ctx.response
  if ((status !== 429 && status !== 503) || !part.matches?.('[data-changed]')) return
  const seconds = Number(headers.get('Retry-After')) || 5
  setTimeout(() => part.dispatchEvent(new CustomEvent('changed')), seconds * 1000 * (1 + Math.random()))
})

// Left alone for a quarter of an hour, the screen shows nothing any more. What is typed counts for the session too, at most once a minute.
const idle = Number(body.dataset.idle) * 1000
if (idle) {
  const shared = 'hotline111-active'
  let told = Date.now()
  const now = () => Date.now()
  localStorage.setItem(shared, now())
  const active = () => {
    localStorage.setItem(shared, now())
    if (now() - told > 60000) {
      told = now()
      fetch('/auth/session', { headers: { Accept: 'application/json' } }).catch(() => {})
    }
  }
  for (const kind of ['keydown', 'pointerdown', 'input']) addEventListener(kind, active, { capture: true, passive: true })
  const watch = setInterval(() => {
    // Every window of the browser counts: who works in one is not locked out in another.
    if (now() - Number(localStorage.getItem(shared)) >= idle) {
      clearInterval(watch)
      leave(`/sign-in?idle=1&to=${encodeURIComponent(location.pathname + location.search)}`, { lock: true })
    }
  }, 5000)
}

// What was sent is kept no longer, unless it came too late: whoever signs in again finds it where it was.
const sent = sessionStorage.getItem('hotline111-sent')
if (sent) {
  sessionStorage.removeItem('hotline111-sent')
  if (!new URLSearchParams(location.search).has('unsent')) sessionStorage.removeItem(sent)
}

// Nothing of one person's work stays in the window for the next.
document.querySelector('form[action="/sign-out"]')?.addEventListener('submit', () => sessionStorage.clear())

// What one page alone does with scripts: the page names the module's address.
for (const part of document.querySelectorAll('[data-script]')) import(part.dataset.script)

// Hints that something changed elsewhere.
if (body.dataset.hints) import(new URL('./hints-page.js', import.meta.url))
