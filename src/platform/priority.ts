import { writeFile } from 'node:fs/promises'
import { setPriority } from 'node:os'

/** A third of the weight of a process of niceness 0: it yields where both want the processor, and is never starved. */
const niceness = 5

/**
 * Lets others go first where they share processors with this process: what somebody waits for comes before work in the
 * background. Costs nothing on a machine that has processors to spare.
 */
export async function yieldToOthers(): Promise<void> {
  setPriority(niceness)
  // Linux shares processors between sessions first, and a niceness counts within one only: sched(7), "autogroup".
  await writeFile('/proc/self/autogroup', String(niceness)).catch(() => undefined)
}
