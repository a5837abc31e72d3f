// The contact page while somebody listens: what is typed is saved a second after the last key and at the latest every three, also while the page goes away.
// Nothing typed is thrown away here; only the page's server keeps it, never the browser.
import { beforeLeaving } from './leave.js'

const form = document.getElementById('contact')
const status = document.getElementById('saved')
const said = document.getElementById('saved-said')
const own = ['__RequestVerificationToken', 'revision', 'tab', 'last']
const settled = ['draft-newer', 'draft-recorded', 'draft-of-another', 'draft-ended']
const trail = 'hotline111-left'

function content () {
  const data = new FormData(form)
  for (const name of own) data.delete(name)
  return new URLSearchParams(data).toString()
}

// What the server made anew may still have to be saved.
let kept = form.dataset.dirty === 'true' ? null : content()
let parting = null
let firstTyped = 0
let timer = 0
let saving = null
let wait = 2000
let stopped = form.dataset.stopped || null // the slug of what has to be settled by hand first
let going = false // a button sends the form itself

const dirty = () => content() !== kept

function show (text, good) {
  const was = status.classList.contains('saved--not')
  status.textContent = text
  status.classList.toggle('saved--not', !good)
  status.classList.remove('saved--none')
  // Every save would be too much to hear; that it fails, and works again, is not.
  if (was === good) said.textContent = text
}

function trouble (slug, facts) {
  for (const note of document.querySelectorAll('[data-trouble]')) {
    const meant = note.dataset.trouble.split(' ').includes(slug)
    if (meant && facts?.said) for (const at of note.querySelectorAll('[data-said]')) at.textContent = facts.said
    if (note.hidden === meant) note.hidden = !meant
  }
}

async function send (last, passive) {
  const what = content()
  const body = new FormData(form)
  if (last) body.set('last', 'true')
  let answer, told
  try {
    answer = await fetch(form.dataset.save, {
      method: 'POST', body, headers: { Accept: 'application/json', ...(passive && { 'Hotline-Passive': '1' }) }, redirect: 'error', keepalive: last, signal: last ? undefined : AbortSignal.timeout(10000)
    })
    told = answer.status === 204 ? {} : await answer.json()
  } catch {
    told = null
  }

  if (told && answer.ok) {
    form.elements.revision.value = told.revision
    kept = what
    parting = null
    wait = 2000
    trouble(null)
    show(told.said, true)
    status.dataset.state = dirty() ? 'typed' : 'saved'
    return true
  }

  const slug = told?.type?.replace('urn:hotline111:', '')
  // The answer to an earlier batch of this very page was lost.
  if (slug === 'draft-newer' && told.tab === form.elements.tab.value) {
    form.elements.revision.value = told.revision
    return null
  }
  show(settled.includes(slug) ? form.dataset.unkept : form.dataset.unsaved, false)
  if (settled.includes(slug)) {
    stopped = slug
    if (slug === 'draft-newer') form.dataset.newer = told.revision
    trouble(slug, told)
  } else if (answer?.status === 401) {
    trouble('over')
    again()
  } else if (told && answer.status < 500 && answer.status !== 429) {
    // What is wrong with it is said, and the next key tries again.
    trouble('other', { said: told.errors ? Object.values(told.errors).flat().join(' ') : told.title })
  } else {
    again()
  }
  return false
}

function again () {
  clearTimeout(timer)
  // Trying again is no sign that somebody is there.
  timer = setTimeout(flush, wait, { passive: true })
  wait = Math.min(wait * 1.5, 5000)
}

// One at a time, and the newest last. Answers whether everything typed is saved.
async function flush ({ passive = false } = {}) {
  clearTimeout(timer)
  firstTyped = 0
  while (saving) await saving
  for (let tries = 0; tries < 4 && dirty(); tries++) {
    if (stopped) return false
    saving = send(false, passive)
    const done = await saving
    saving = null
    if (done === false) return false
  }
  return !dirty()
}

function typed () {
  mirror()
  if (stopped || !dirty()) return
  status.dataset.state = 'typed'
  const now = Date.now()
  firstTyped ||= now
  clearTimeout(timer)
  // A field that the lock takes the focus from tells of a change too; nobody is there all the same.
  const passive = document.getElementById('lock')?.hidden === false
  timer = setTimeout(flush, Math.max(0, Math.min(1000, 3000 - (now - firstTyped))), { passive })
}

form.addEventListener('input', typed)
form.addEventListener('change', typed)

// Going away: the last batch travels on without the page. Whoever comes back by reloading asks whether it has arrived.
function part () {
  if (going || stopped || !dirty() || parting === content()) return
  parting = content()
  sessionStorage.setItem(trail, form.dataset.save)
  send(true)
}

addEventListener('beforeunload', part)
addEventListener('pagehide', part)

async function isNewer () {
  try {
    const answer = await fetch(form.dataset.revision, { headers: { Accept: 'application/json', 'Hotline-Passive': '1' } })
    if (!answer.ok) return null
    const told = await answer.json()
    return told.revision > Number(form.elements.revision.value) ? told : null
  } catch {
    return null
  }
}

// The last batch of the page before may arrive after this one was made: on a slow way some seconds after.
function look (wait) {
  setTimeout(async () => {
    const told = await isNewer()
    if (dirty() || saving) return
    if (told) location.reload()
    else if (wait < 8000) look(wait * 2)
  }, wait)
}

if (sessionStorage.getItem(trail) === form.dataset.save) {
  sessionStorage.removeItem(trail)
  look(500)
}

document.addEventListener('visibilitychange', async () => {
  if (document.visibilityState === 'hidden') {
    part()
    return
  }
  if (dirty()) {
    flush()
    return
  }
  // Somebody may have gone on with it in another tab.
  const told = stopped || saving ? null : await isNewer()
  if (told && !dirty() && !saving) {
    stopped = 'draft-newer'
    form.dataset.newer = told.revision
    trouble(stopped, told)
  }
})

beforeLeaving(() => going || flush({ passive: true }))

document.getElementById('keep-here')?.addEventListener('click', event => {
  event.preventDefault()
  form.elements.revision.value = form.dataset.newer
  stopped = null
  kept = null
  trouble(null)
  flush()
})

// A button first lets everything be saved, so that nothing is lost when what follows fails; what cannot be saved stays here.
form.addEventListener('submit', event => {
  if (going) return
  const button = event.submitter
  if (button?.dataset.now !== undefined) {
    going = true
    return
  }
  event.preventDefault()
  // Not before this event is over: a form that is just being sent takes no other sending, and says nothing about it.
  flush().then(done => new Promise(resolve => setTimeout(resolve, 0, done))).then(done => {
    if (!button || button.hidden) return
    // A life in danger does not wait for somebody to choose between two states of a draft.
    if (done || (stopped && button.value === 'emergency')) {
      going = true
      form.requestSubmit(button)
      // Shown again by Back, the page is to work again.
      setTimeout(() => { going = false }, 10000)
    } else {
      said.textContent = form.dataset.unsent
      trouble(stopped ?? 'unsent')
    }
  })
})

// The clock of the call.
const clock = document.getElementById('clock')
if (clock) {
  const begun = performance.now() - Number(clock.dataset.elapsed) * 1000
  const two = number => String(number).padStart(2, '0')
  setInterval(() => {
    const seconds = Math.floor((performance.now() - begun) / 1000)
    const text = `${seconds < 3600 ? '' : `${Math.floor(seconds / 3600)}:`}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
    if (clock.textContent !== text) clock.textContent = text
  }, 500)
}

// What the bar repeats, and how many signs of danger there are.
function mirror () {
  for (const place of document.querySelectorAll('[data-shows]')) {
    const field = form.elements[place.dataset.shows]
    const digits = field.value.replace(/\D/g, '')
    place.textContent = field.matches('select') ? field.selectedOptions[0].label : digits.length < 5 ? '–' : `•••• ${digits.slice(-4)}`
  }
  const note = document.getElementById('alarm')
  const signs = form.querySelectorAll('[data-risk]:checked').length
  const grave = form.querySelector('[data-grave]:checked') !== null
  const child = form.querySelector('[data-risk][value=minor]:checked') !== null
  const text = (signs === 1 ? note.dataset.one : note.dataset.many.replace('{0}', signs)) + (child ? note.dataset.child : '')
  const title = note.querySelector('.strong')
  if (grave && title.textContent !== text) title.textContent = text
  const alarm = document.getElementById('alarm-said')
  const heard = grave ? `${text}. ${note.dataset.advice}` : ''
  if (alarm.textContent !== heard) alarm.textContent = heard
}

mirror()

// The hand goes from the kind of call to what is heard; errors have taken the focus already.
const notes = document.getElementById('notes')
form.addEventListener('change', event => {
  if (event.target.name === 'category' && event.target !== document.activeElement && !document.activeElement?.matches('textarea, select, input:not([type=radio])')) notes.focus({ preventScroll: true })
})
if (!document.querySelector('.govuk-error-summary')) (form.querySelector('[name=category]:checked') ? notes : form.querySelector('[name=category]')).focus({ preventScroll: true })
if (kept === null && !stopped) flush()
form.dataset.ready = 'true'
