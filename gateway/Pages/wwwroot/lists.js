// Lists that change by themselves. What came is shown at once, but no row moves under the focus or under a pointer that is on its way to it: the order of a list
// marked data-steady waits until neither is there. What stands around the list (figures, status line, title) never waits.
const rest = 1500 // ms without a movement, and the pointer is not on its way to anything
const waiting = new Set()
let over = null
let moved = 0

addEventListener('pointermove', event => {
  over = event.target instanceof Element ? event.target.closest('[data-steady]')?.id ?? null : null
  moved = Date.now()
}, { passive: true })

const order = list => [...list.querySelectorAll('[id]')].map(row => row.id).join()

const busy = list => list.contains(document.activeElement) || (over === list.id && Date.now() - moved < rest)

function retry () {
  for (const id of waiting) {
    const list = document.getElementById(id)
    if (list && busy(list)) continue
    waiting.delete(id)
    list?.closest('[data-changed]')?.dispatchEvent(new CustomEvent('changed'))
  }
  if (waiting.size > 0) setTimeout(retry, rest)
}

document.addEventListener('htmx:before:swap', event => {
  for (const task of event.detail.tasks ?? []) {
    if (!(task.fragment instanceof DocumentFragment)) continue
    for (const list of document.querySelectorAll('[data-steady]')) {
      const next = task.fragment.getElementById(list.id)
      if (!next || !busy(list) || order(list) === order(next)) continue
      next.replaceWith(list.cloneNode(true))
      if (waiting.size === 0) setTimeout(retry, rest)
      waiting.add(list.id)
    }
  }
})

document.addEventListener('htmx:after:swap', () => {
  for (const said of document.querySelectorAll('[data-held]')) said.hidden = !waiting.has(said.dataset.held)
})

addEventListener('focusout', () => { if (waiting.size > 0) setTimeout(retry) })
