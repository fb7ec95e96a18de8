/** Shows how far long work is: a bar in a terminal, now and then a line elsewhere. */
export type Progress = { at(done: number): void; end(): void }

const width = 32

/** A bar of `total` units; without a terminal it says each quarter. */
export function progressBar(label: string, total: number, unit: string, out = process.stdout): Progress {
  const startedAt = performance.now()
  let lastQuarter = 0
  let lastDrawn = 0
  const line = (done: number): string => {
    const share = total === 0 ? 1 : Math.min(1, done / total)
    const filled = '#'.repeat(Math.round(share * width)).padEnd(width, '.')
    const rate = Math.round(done / Math.max(0.001, (performance.now() - startedAt) / 1000))
    return `  ${label.padEnd(24)} [${filled}] ${done.toLocaleString('en')}/${total.toLocaleString('en')} ${unit}, ${rate.toLocaleString('en')}/s`
  }
  return {
    at(done) {
      const now = performance.now()
      if (out.isTTY && (now - lastDrawn > 80 || done >= total)) {
        lastDrawn = now
        out.write(`\r${line(done)}\u001b[K`)
      }
      const quarter = total === 0 ? 4 : Math.floor((done / total) * 4)
      if (!out.isTTY && quarter > lastQuarter) out.write(`${line(done)}\n`)
      lastQuarter = Math.max(lastQuarter, quarter)
    },
    end() {
      if (out.isTTY) out.write('\n')
    },
  }
}
