// The keyboard of every page. An element with data-key="F4" is clicked by that key, or focused if it is a field; its label shows the key in a <kbd>.
// Single characters work outside fields only and can be switched off (WCAG 2.1.4); with Alt they work everywhere.
const plain = 'hotline111-keys'

const typing = target => target instanceof HTMLElement && (target.isContentEditable || target.matches('textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])'))

export const singleKeys = {
  get on () { return localStorage.getItem(plain) !== 'off' },
  set on (wanted) { localStorage.setItem(plain, wanted ? 'on' : 'off') }
}

const digit = event => /^Digit[0-9]$/.test(event.code) ? event.code.slice(5) : null

// "F4", "Ctrl+Enter", "Alt+1", "Escape", "x", "?"
function name (event) {
  if (event.ctrlKey && !event.altKey && !event.metaKey && event.key === 'Enter') return 'Ctrl+Enter'
  if (event.ctrlKey || event.metaKey) return null
  if (event.altKey) return digit(event) ? `Alt+${digit(event)}` : null
  return event.key.length === 1 ? event.key.toLowerCase() : event.key
}

function find (key) {
  for (const element of document.querySelectorAll('[data-key]')) {
    if (element.dataset.key.split(' ').includes(key) && element.getClientRects().length + (element.labels?.length ?? 0) > 0) return element
  }
  return null
}

addEventListener('keydown', event => {
  // A Vietnamese typing program is putting a character together.
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented || event.repeat) return
  const key = name(event)
  if (!key) return
  const single = key.length === 1
  if (single && (typing(event.target) || !singleKeys.on)) return
  const wanted = key.startsWith('Alt+') ? key.slice(4) : key
  const element = find(wanted)
  if (!element) return
  event.preventDefault()
  if (element.matches('input:not([type=radio], [type=checkbox]), textarea, select')) element.focus()
  else element.click()
})

// Arrows go through the rows of a list; Enter on the row's link opens it, as everywhere.
addEventListener('keydown', event => {
  if ((event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  if (typing(event.target) || event.target.matches?.('input, [role=tab]') || !singleKeys.on) return
  const links = [...document.querySelectorAll('[data-rows] a.strong, [data-rows] a.main')]
  if (links.length === 0) return
  event.preventDefault()
  const at = links.indexOf(document.activeElement)
  links[event.key === 'ArrowDown' ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0)].focus()
})

document.body.dataset.keys = 'on'
