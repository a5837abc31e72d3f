// A page that has to give way by itself (left alone, session over): whoever holds something unsaved is asked first, and waited for three seconds at most.
const asked = []

// The work answers true, or a promise of it, when nothing would be lost.
export const beforeLeaving = work => asked.push(work)

// Left alone, the page goes in any case. Otherwise it stays when something would be lost.
export async function leave (address, { atAnyPrice }) {
  const patience = new Promise(resolve => setTimeout(resolve, 3000, [false]))
  const kept = await Promise.race([Promise.all(asked.map(work => Promise.resolve(work()).catch(() => false))), patience])
  if (atAnyPrice || !kept.includes(false)) location.replace(address)
}
