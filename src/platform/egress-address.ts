import ipaddr from 'ipaddr.js'
import type { AllowedTarget } from './config-targets.ts'

const globalUnicast6 = ipaddr.parseCIDR('2000::/3')

/** The address, an IPv4 one unwrapped from its IPv6 form (`::ffff:127.0.0.1`); undefined for any other text. */
export const parseAddress = (text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined =>
  ipaddr.isValid(text) ? ipaddr.process(text) : undefined

/**
 * True for an address of the public internet only. All else is inside: private, shared, loopback, link-local, multicast,
 * documentation and reserved ranges (RFC 6890), and IPv6 forms that carry an IPv4 address (NAT64, 6to4, Teredo).
 */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text)
  if (address?.range() !== 'unicast') return false
  return address.kind() === 'ipv4' || address.match(globalUnicast6)
}

/** True for an address in one of the ranges that the operator opened. */
export function isInAllowedRange(text: string, allow: readonly AllowedTarget[]): boolean {
  const address = parseAddress(text)
  return allow.some((target) => {
    if (!address || !('range' in target)) return false
    const [network, bits] = ipaddr.parseCIDR(target.range)
    return network.kind() === address.kind() && address.match(network, bits)
  })
}
