// What is typed or chosen in the page's form is not left behind by a key or a link without a word; its own sending is never asked about. The question is a dialog of the page:
// the browser's own would hold up the clock that locks a screen left alone.
import { keep } from './kept.js'

const form = document.querySelector('form[data-unsaved]')
const { forget, isDirty } = keep(form)

const dialog = document.createElement('dialog')
dialog.className = 'unsaved'
dialog.setAttribute('aria-labelledby', 'unsaved')
dialog.innerHTML = `<p class="strong" id="unsaved"></p><div class="row mt4">
  <button type="button" class="govuk-button" data-key="Escape"><span></span> <kbd>Esc</kbd></button>
  <button type="button" class="govuk-button govuk-button--secondary"><span></span></button></div>`
const [stay, go] = dialog.querySelectorAll('button')
dialog.firstChild.textContent = form.dataset.unsaved
stay.firstChild.textContent = form.dataset.stay
go.firstChild.textContent = form.dataset.go
// First in the page: Escape is then the dialog's while it is open, and the way back again when it is not.
document.body.prepend(dialog)

let to = null
stay.addEventListener('click', () => dialog.close())
go.addEventListener('click', () => {
  forget()
  location.assign(to)
})
addEventListener('click', event => {
  const link = event.target.closest?.('a[href]')
  // Another window takes nothing away, nor does a place on the same page.
  if (!link || link.target || event.ctrlKey || event.metaKey || event.shiftKey || link.href.startsWith(`${location.href.split('#')[0]}#`) || !isDirty()) return
  event.preventDefault()
  to = link.href
  if (!dialog.open) dialog.showModal()
}, { capture: true })
