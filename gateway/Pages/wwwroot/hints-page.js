// One stream of hints for the whole browser (hints.js in a shared worker); where there are no shared workers, one for the page.
// A hint says "referral:ID changed"; every part of the page that names it in data-changed is asked for again, with its reader's own rights.
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

const clock = () => new Date().toLocaleTimeString('vi-VN', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Ho_Chi_Minh' })
let seen = clock()

function hear (message) {
  switch (message.kind) {
    case 'changed': {
      seen = clock()
      const [family] = message.what.split(':')
      for (const part of document.querySelectorAll('[data-changed]')) {
        const names = part.dataset.changed.split(' ')
        if (names.includes(family) || names.includes(message.what)) part.dispatchEvent(new CustomEvent('changed', { detail: message.what }))
      }
      break
    }
    case 'live':
      // What came while nobody listened is fetched now.
      show('live')
      if (message.again) for (const part of document.querySelectorAll('[data-changed]')) part.dispatchEvent(new CustomEvent('changed'))
      break
    case 'away':
      show('away', seen)
      break
    case 'over':
      leave(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`, { atAnyPrice: false })
      break
  }
}

if (window.SharedWorker) {
  const worker = new SharedWorker(source, { type: 'module', name: 'hotline111-hints' })
  worker.port.onmessage = event => hear(event.data)
  worker.port.start()
  addEventListener('pagehide', () => worker.port.postMessage('bye'))
} else {
  const { listen } = await import(source)
  listen(hear)
}
