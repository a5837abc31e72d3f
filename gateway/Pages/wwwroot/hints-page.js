// One stream of hints for the whole browser (hints.js in a shared worker); where there are no shared workers, one for the page.
// A hint says "referral:ID changed"; every part of the page that names it in data-changed is asked for again, with its reader's own rights.
// One that names no id, "referral", may mean any: a part that shows one thing and wants to hear of it says "referral:any".
import { leave } from './leave.js'

const body = document.body
const live = document.getElementById('live')
const source = body.dataset.hints

function show (state, at) {
  if (!live) return
  live.hidden = false
  live.classList.toggle('live--away', state !== 'live')
  live.textContent = state === 'live' ? body.dataset.live : `${body.dataset.away} ${at}`
}

// A form that is on its way is answered by itself, also when the session is over: the answer says what became of it.
let sent = 0
addEventListener('submit', event => { if (!event.defaultPrevented) sent = Date.now() })

// What a part shows may come from a service that hears of it by message, as we did: perhaps a moment after us, perhaps only when it is back.
const pauses = [1500, 5000, 15000]
const pending = new WeakMap()
function again (part, turn = 0) {
  clearTimeout(pending.get(part))
  if (turn === pauses.length) return
  pending.set(part, setTimeout(() => {
    part.dispatchEvent(new CustomEvent('changed'))
    again(part, turn + 1)
  }, pauses[turn]))
}

const clock = () => new Date().toLocaleTimeString('vi-VN', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Ho_Chi_Minh' })
let seen = clock()

function hear (message) {
  switch (message.kind) {
    case 'changed': {
      seen = clock()
      const [family] = message.what.split(':')
      for (const part of document.querySelectorAll('[data-changed]')) {
        const names = part.dataset.changed.split(' ')
        if (!names.includes(family) && !names.includes(family === message.what ? `${family}:any` : message.what)) continue
        part.dispatchEvent(new CustomEvent('changed', { detail: message.what }))
        if ('changedAgain' in part.dataset) again(part)
      }
      break
    }
    case 'live':
      // What came while nobody listened is fetched now.
      show('live')
      if (message.again) for (const part of document.querySelectorAll('[data-changed]')) part.dispatchEvent(new CustomEvent('changed'))
      for (const part of document.querySelectorAll('[data-changed-again]')) again(part)
      break
    case 'away':
      show('away', seen)
      break
    case 'over':
      setTimeout(leave, Math.max(0, sent + 10000 - Date.now()), `/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`, { lock: false })
      break
  }
}

if (window.SharedWorker) {
  const worker = new SharedWorker(source, { type: 'module', name: 'hotline111-hints' })
  worker.port.onmessage = event => hear(event.data)
  worker.port.start()
  worker.port.postMessage({ made: Number(body.dataset.made) })
  addEventListener('pagehide', () => worker.port.postMessage('bye'))
} else {
  const { listen } = await import(source)
  listen(hear, Number(body.dataset.made))
}
