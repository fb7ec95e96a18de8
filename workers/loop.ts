/** Something that is done again and again until it is stopped. */
export type Loop = {
  /** Ends the pause in progress. */
  readonly wake: () => void
  /** Waits for the turn in hand. May be called twice. */
  readonly stop: () => Promise<void>
}

/** Takes turns until stopped. A turn answers after how many milliseconds the next one begins; it must not throw. */
export function startLoop(turn: () => Promise<number>): Loop {
  const ending = new AbortController()
  let endPause = (): void => {}
  const pause = (milliseconds: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, milliseconds)
    endPause = () => {
      clearTimeout(timer)
      resolve()
    }
    return promise
  }
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const pauseMs = await turn()
      if (!ending.signal.aborted) await pause(pauseMs)
    }
  }
  const running = run()
  return {
    wake: () => endPause(),
    async stop() {
      ending.abort()
      endPause()
      await running
    },
  }
}
