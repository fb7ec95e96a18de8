import ipaddr from 'ipaddr.js'
import type { EnvReader } from './config-reader.ts'

/** A place that the operator lets webhooks reach although the egress guard would refuse it. Hosts are lower-case. */
export type AllowedTarget = { readonly host: string; readonly port: number } | { readonly range: string }

const readTarget = (text: string): AllowedTarget | undefined => {
  if (ipaddr.isValidCIDR(text)) return { range: text }
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})$/i.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host && port >= 1 && port <= 65_535 ? { host: host.toLowerCase(), port } : undefined
}

/** Reads a comma separated list of `host:port`, `[IPv6]:port` and CIDR ranges; none by default. */
export function readAllowedTargets(env: EnvReader, name: string): readonly AllowedTarget[] {
  const entries = env
    .text(name, '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const targets = entries.map(readTarget)
  if (targets.includes(undefined)) env.wrong(`${name} must be a comma separated list of host:port or CIDR`)
  return Object.freeze(targets.filter((target) => target !== undefined))
}
