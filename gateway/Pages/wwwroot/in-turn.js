// Work of which each result takes the place of the one before: what is asked for meanwhile is done after what is under way, so that an older answer never wins.
export function inTurn (work) {
  let under = null
  let last = 0
  return {
    // Answers whether the work succeeded and nothing was asked for since.
    async run (...args) {
      const mine = ++last
      while (under) await under
      under = work(...args).finally(() => { under = null })
      return await under && mine === last
    },
    busy: () => under !== null
  }
}
