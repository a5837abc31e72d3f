// The stream of hints: read with fetch, because only that tells an ended session (401) from a platform that is away.
const beat = 45000 // the server says something every 15 s; three times nothing is a dead line

// made: when the page was made that begins to listen; what was told between is told now.
export async function listen (tell, made) {
  let wait = 500
  let first = true
  for (;;) {
    const stop = new AbortController()
    let watch = setTimeout(() => stop.abort(), beat)
    try {
      const answer = await fetch(first ? `/hints?since=${made}` : '/hints', { headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal: stop.signal })
      if (answer.status === 401 || answer.status === 403) {
        tell({ kind: 'over' })
        return
      }
      if (!answer.ok) throw new Error(String(answer.status))
      tell({ kind: 'live', again: !first })
      first = false
      wait = 500
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      for (let rest = '', what = '', at = 0; ;) {
        const { done, value } = await reader.read()
        if (done) break
        clearTimeout(watch)
        watch = setTimeout(() => stop.abort(), beat)
        const lines = (rest + value).split('\n')
        rest = lines.pop()
        for (const line of lines) {
          // A beat names nothing; a hint names a thing, and its id is when it was told. An empty line ends either.
          if (line.startsWith('data: ')) what = line.slice(6)
          else if (line.startsWith('id: ')) at = Number(line.slice(4))
          else if (line === '') {
            if (what) tell({ kind: 'changed', what, at })
            what = ''
          }
        }
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
  // Told within the last minute: for a page that was made before and begins to listen now.
  let recent = []
  const tell = message => {
    if (message.kind === 'changed') {
      recent = [...recent.filter(earlier => earlier.at > message.at - 60000), message]
    } else {
      state = message.kind === 'over' ? null : message
    }
    if (message.kind === 'over') running = false
    for (const port of ports) port.postMessage(message)
  }
  const begin = (port, made) => {
    if (running) {
      if (state) port.postMessage({ ...state, again: false })
      for (const message of recent) if (message.at >= made - 1000) port.postMessage(message)
    } else {
      running = true
      listen(tell, made)
    }
  }
  self.onconnect = event => {
    const port = event.ports[0]
    ports.add(port)
    port.onmessage = said => {
      if (said.data === 'bye') ports.delete(port)
      else begin(port, said.data.made)
    }
  }
}
