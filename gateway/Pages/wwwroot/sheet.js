// The sheet: what somebody has unfolded stays open when its part comes anew.
const open = new Set()

// What was being written is done: nobody is offered it again.
if (document.getElementById('done')) {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(`hotline111-kept:${location.pathname}/`)) sessionStorage.removeItem(key)
}

document.addEventListener('toggle', event => {
  const part = event.target
  if (!(part instanceof HTMLDetailsElement) || !part.id) return
  if (part.open) open.add(part.id)
  else open.delete(part.id)
}, true)
document.addEventListener('htmx:after:swap', () => {
  for (const id of open) {
    const part = document.getElementById(id)
    if (part && !part.open) part.open = true
  }
})
