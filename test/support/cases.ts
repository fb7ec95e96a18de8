import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One case of `cases/peers.json`; every number in it is a decimal string. */
export type PeerCase = {
  readonly id: string
  readonly model: string
  readonly currency: string
  readonly tiers: readonly Readonly<Record<string, string>>[]
  readonly params: Readonly<Record<string, unknown>>
  readonly units: string
  readonly expected: string
  readonly expected_detail: Readonly<Record<string, unknown>>
}

const sharedFolder = process.env.WEIR_SHARED || join(import.meta.dir, '../../../shared')
const peersFile = join(sharedFolder, 'cases/peers.json')

/** The cases of other billing systems, or undefined with a message where the shared folder is not at hand. */
export function peerCases(): readonly PeerCase[] | undefined {
  if (existsSync(peersFile)) return (JSON.parse(readFileSync(peersFile, 'utf8')) as { cases: PeerCase[] }).cases
  console.warn('skipped: no cases/peers.json; set WEIR_SHARED to the folder that holds cases/')
  return undefined
}
