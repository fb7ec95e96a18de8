/** So long nothing may move: a job that is tried again and again would otherwise be waited for without end. */
const patienceMs = 120_000

/** Hears how far work is, and throws when it has not moved for two minutes. */
export function openPatience(): (done: number) => void {
  let last = -1
  let movedAt = performance.now()
  return (done) => {
    if (done !== last) movedAt = performance.now()
    last = done
    if (performance.now() - movedAt > patienceMs)
      throw new Error('nothing moved for two minutes: .weir/bench.log says why')
  }
}
