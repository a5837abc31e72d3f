// The place picker: what is typed is looked for while typing; arrows, Enter and Escape as in every combobox. The list without scripts keeps the choice.
const quiet = 120

function begin (box) {
  if (box.dataset.ready) return
  box.dataset.ready = 'true'
  const input = box.querySelector('[role=combobox]')
  const list = box.querySelector('[role=listbox]')
  const unit = box.querySelector('select')
  const was = box.querySelector('input[type=hidden]')
  const said = box.querySelector('.place__said')
  const hint = said.textContent
  let asked = 0
  let timer = 0
  let at = -1

  const isOpen = () => !list.hidden

  function close () {
    asked++
    clearTimeout(timer)
    list.hidden = true
    list.replaceChildren()
    at = -1
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
  }

  function mark (to) {
    list.children[at]?.setAttribute('aria-selected', 'false')
    at = to
    const option = list.children[at]
    if (!option) {
      input.removeAttribute('aria-activedescendant')
      return
    }
    option.setAttribute('aria-selected', 'true')
    option.scrollIntoView({ block: 'nearest' })
    input.setAttribute('aria-activedescendant', option.id)
  }

  async function look () {
    const mine = ++asked
    let parts
    try {
      const answer = await fetch(`${box.dataset.places}?q=${encodeURIComponent(input.value)}&for=${encodeURIComponent(input.id)}`, { headers: { 'HX-Request': 'true' } })
      if (!answer.ok) throw new Error(String(answer.status))
      parts = await answer.text()
    } catch {
      // Away for a moment: what was typed stands as words, and the next letter asks again.
      return
    }
    if (mine !== asked || document.activeElement !== input) return
    list.innerHTML = parts
    list.hidden = list.children.length === 0
    at = -1
    input.setAttribute('aria-expanded', String(isOpen()))
    mark(input.value.trim() ? 0 : -1)
  }

  function choose (option) {
    const { value, label } = option.dataset
    input.value = label
    select(value, label)
    close()
  }

  function select (value, label) {
    if (unit.value === value) return
    if (value && ![...unit.options].some(each => each.value === value)) unit.add(new Option(label, value))
    unit.value = value
    tell()
    unit.dispatchEvent(new Event('change', { bubbles: true }))
  }

  function tell () {
    const text = unit.value ? box.dataset.chosen.replace('{0}', unit.selectedOptions[0].label) : input.value.trim() ? box.dataset.words : hint
    if (said.textContent !== text) said.textContent = text
  }

  input.addEventListener('input', () => {
    // Another word is another place, until it is chosen; what was chosen when the page was made is, as soon as it stands there again.
    const before = input.value && input.value === was?.value ? [...unit.options].find(option => option.defaultSelected) : null
    select(before?.value ?? '', before?.label ?? '')
    tell()
    clearTimeout(timer)
    timer = setTimeout(look, quiet)
  })

  // A choice that is put back is said too.
  unit.addEventListener('input', tell)

  input.addEventListener('keydown', event => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return
    const last = list.children.length - 1
    switch (event.key) {
      case 'ArrowDown':
        if (isOpen()) mark(at < last ? at + 1 : 0)
        else look()
        break
      case 'ArrowUp':
        if (!isOpen()) return
        mark(at > 0 ? at - 1 : last)
        break
      case 'Enter':
        if (!isOpen() || at < 0) return
        choose(list.children[at])
        break
      case 'Escape':
        if (!isOpen()) return
        close()
        break
      default:
        return
    }
    event.preventDefault()
    event.stopPropagation()
  })

  // The field keeps the focus while the mouse is on the list.
  list.addEventListener('pointerdown', event => event.preventDefault())
  list.addEventListener('click', event => {
    const option = event.target.closest('[role=option]')
    if (option) choose(option)
  })
  input.addEventListener('blur', close)
  // What was put back before this script ran is said too.
  if (unit.value !== ([...unit.options].find(option => option.defaultSelected) ?? unit.options[0])?.value) tell()
}

const all = scope => { for (const box of scope.querySelectorAll('[data-places]')) begin(box) }

all(document)
document.addEventListener('htmx:after:process', event => { if (event.target instanceof HTMLElement) all(event.target) })
