// The inbox tells that something came: a sound beside the status line and the title. Browsers play nothing before the first click or key.
import './lists.js'

const button = document.getElementById('sound')
const said = document.getElementById('sound-state')
const hint = document.getElementById('sound-hint')
const kept = `hotline111-sound:${button.dataset.person}` // a switch for each person who uses this browser
let sound = null

const on = () => localStorage.getItem(kept) !== 'off'

function show () {
  button.hidden = false
  button.setAttribute('aria-checked', on())
  said.textContent = on() ? button.dataset.on : button.dataset.off
  hint.hidden = !on() || sound?.state === 'running'
}

async function wake () {
  sound ??= new AudioContext()
  if (sound.state === 'suspended') await sound.resume()
  show()
}

// [hertz, seconds after the first]
const tones = { usual: [[660, 0], [880, 0.16]], alarm: [[880, 0], [660, 0.18], [880, 0.36], [660, 0.54], [880, 0.72]] }

function play (kind) {
  if (!on() || sound?.state !== 'running') return
  for (const [hertz, after] of tones[kind]) {
    const at = sound.currentTime + after
    const tone = new OscillatorNode(sound, { type: 'sine', frequency: hertz })
    const loud = new GainNode(sound, { gain: 0 })
    loud.gain.setValueAtTime(0, at)
    loud.gain.linearRampToValueAtTime(0.25, at + 0.02)
    loud.gain.linearRampToValueAtTime(0, at + 0.15)
    tone.connect(loud).connect(sound.destination)
    tone.start(at)
    tone.stop(at + 0.16)
  }
}

const arrived = () => {
  const inbox = document.getElementById('inbox')
  return { all: Number(inbox.dataset.arrived), alarms: Number(inbox.dataset.alarms) }
}

let before = arrived()
document.addEventListener('htmx:after:swap', () => {
  const now = arrived()
  if (now.alarms > before.alarms) play('alarm')
  else if (now.all > before.all) play('usual')
  before = now
})

for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, wake, { capture: true, once: true, passive: true })

button.addEventListener('click', async () => {
  localStorage.setItem(kept, on() ? 'off' : 'on')
  await wake()
  play('usual')
})

show()
// Whoever came here by a click of the same site has clicked already.
if (navigator.userActivation?.hasBeenActive) wake()
