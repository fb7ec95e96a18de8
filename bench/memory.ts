import { readFile } from 'node:fs/promises'

/** Watches how much memory processes hold; peaks in megabytes by name. */
type MemoryWatch = {
  peaks(): ReadonlyMap<string, number>
  stop(): Promise<ReadonlyMap<string, number>>
}

type Watched = { readonly name: string; readonly pid: () => number }

const everyMs = 100
const kibPerMb = 1024

/** Resident memory of a process in KiB; 0 for one that is gone. */
async function residentKib(pid: number): Promise<number> {
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
  }
  const ps = Bun.spawn(['ps', '-o', 'rss=', '-p', String(pid)], { stdout: 'pipe', stderr: 'ignore' })
  return Number((await new Response(ps.stdout).text()).trim()) || 0
}

/** Looks at the processes ten times a second until it is stopped. */
export function watchMemory(processes: readonly Watched[]): MemoryWatch {
  const peaksKib = new Map(processes.map(({ name }) => [name, 0]))
  const look = async (): Promise<void> => {
    for (const { name, pid } of processes) {
      const before = peaksKib.get(name) ?? 0
      peaksKib.set(name, Math.max(before, await residentKib(pid())))
    }
  }
  let looking = look()
  const timer = setInterval(() => (looking = looking.then(look)), everyMs)
  const peaks = () => new Map([...peaksKib].map(([name, kib]) => [name, Math.round(kib / kibPerMb)]))
  return {
    peaks,
    async stop() {
      clearInterval(timer)
      await looking.then(look)
      return peaks()
    },
  }
}

/** The greatest peak of the processes whose name begins so. */
export const peakOf = (peaks: ReadonlyMap<string, number>, beginning: string): number =>
  Math.max(0, ...[...peaks].filter(([name]) => name.startsWith(beginning)).map(([, megabytes]) => megabytes))
