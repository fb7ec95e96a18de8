/** Waits for a state to be reached instead of sleeping for a while. */
export async function until<T>(read: () => T | Promise<T>, milliseconds = 15_000): Promise<NonNullable<T>> {
  const end = Date.now() + milliseconds
  for (;;) {
    const value = await read()
    if (value) return value
    if (Date.now() > end) throw new Error('the state was not reached in time')
    await Bun.sleep(20)
  }
}
