// A page that has to give way by itself (left alone, session over): whoever holds something unsaved is asked first, and waited for three seconds at most.
const asked = []

// The work answers true, or a promise of it, when nothing would be lost.
export const beforeLeaving = work => asked.push(work)

async function settled () {
  const patience = new Promise(resolve => setTimeout(resolve, 3000, [false]))
  const done = await Promise.race([Promise.all(asked.map(work => Promise.resolve(work()).catch(() => false))), patience])
  return !done.includes(false)
}

// With a lock the screen shows nothing any more in any case: where something cannot be saved yet the page is covered, and goes as soon as it can.
// Without one it stays as it is, and says itself what is the matter.
export async function leave (address, { lock }) {
  if (await settled()) {
    location.replace(address)
    return
  }
  if (!lock) return
  const cover = document.getElementById('lock')
  for (const part of document.querySelectorAll('body > header, body > footer, main > *')) part.hidden = true
  cover.hidden = false
  const watch = setInterval(async () => {
    if (!await settled()) return
    clearInterval(watch)
    location.replace(address)
  }, 5000)
}
