// The switch for keys that are a single letter.
import { singleKeys } from './keys.js'

const part = document.getElementById('switch')
const button = part.querySelector('button')
const state = part.querySelector('[role=status]')

function show () {
  const on = singleKeys.on
  state.textContent = on ? part.dataset.on : part.dataset.off
  button.textContent = on ? part.dataset.turnOff : part.dataset.turnOn
}

button.addEventListener('click', () => {
  singleKeys.on = !singleKeys.on
  show()
})
show()
