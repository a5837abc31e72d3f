// The stream of hints: read with fetch, because only that tells an ended session (401) from a platform that is away.
const beat = 45000 // the server says something every 15 s; three times nothing is a dead line

export async function listen (tell) {
  let wait = 500
  let first = true
  for (;;) {
    const stop = new AbortController()
    let watch = setTimeout(() => stop.abort(), beat)
    try {
      const answer = await fetch('/hints', { headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal: stop.signal })
      if (answer.status === 401 || answer.status === 403) {
        tell({ kind: 'over' })
        return
      }
      if (!answer.ok) throw new Error(String(answer.status))
      tell({ kind: 'live', again: !first })
      first = false
      wait = 500
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      for (let rest = ''; ;) {
        const { done, value } = await reader.read()
        if (done) break
        clearTimeout(watch)
        watch = setTimeout(() => stop.abort(), beat)
        const lines = (rest + value).split('\n')
        rest = lines.pop()
        for (const line of lines) if (line.startsWith('data: ') && line.length > 6) tell({ kind: 'changed', what: line.slice(6) })
      }
    } catch {
      tell({ kind: 'away' })
    }
    clearTimeout(watch)
    await new Promise(resolve => setTimeout(resolve, wait))
    wait = Math.min(wait * 2, 15000)
  }
}

if (typeof SharedWorkerGlobalScope !== 'undefined' && self instanceof SharedWorkerGlobalScope) {
  const ports = new Set()
  let state = null
  let running = false
  const tell = message => {
    if (message.kind !== 'changed') state = message.kind === 'over' ? null : message
    if (message.kind === 'over') running = false
    for (const port of ports) port.postMessage(message)
  }
  const start = () => {
    if (!running) {
      running = true
      listen(tell)
    }
  }
  self.onconnect = event => {
    const port = event.ports[0]
    ports.add(port)
    port.onmessage = said => { if (said.data === 'bye') ports.delete(port) }
    if (state) port.postMessage({ ...state, again: false })
    start()
  }
}
