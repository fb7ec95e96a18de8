import type { AllowedTarget } from './config-targets.ts'
import { isInAllowedRange, isPublicAddress, parseAddress } from './egress-address.ts'
import { type DomainError, invalidField } from './errors.ts'

/** A place to send to that has passed all checks that need no name server. */
export type EgressTarget = {
  readonly url: URL
  /** Without the brackets of an IPv6 address and without the dot at the end of a full name. */
  readonly host: string
  readonly port: number
  /** The operator names this host and port: inside addresses and plain HTTP are fine. */
  readonly isNamed: boolean
}

const maxUrlLength = 2048
const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }
const lowestFreePort = 1024
const insideNames = ['localhost', 'local', 'internal', 'home.arpa', 'lan', 'intranet']

const refused = (code: string, message: string): DomainError => invalidField('/url', `egress.${code}`, message)

/** The refusal of an address that is not public, at registration and again at every delivery. */
export const insideAddress = (): DomainError =>
  refused('inside_address', 'must not lead to an address outside the public internet')

/** Names of one label, and the endings that no public name has (RFC 6761, RFC 6762, RFC 8375). */
const isInsideName = (host: string): boolean =>
  !host.includes('.') || insideNames.some((name) => host === name || host.endsWith(`.${name}`))

function parsedUrl(text: string): URL {
  // The parser drops blanks and control characters and reads a backslash as a slash; nobody means either.
  const isClean = text.length <= maxUrlLength && /^[!-[\]-~\u00a1-\uffff]+$/u.test(text)
  const url = isClean ? URL.parse(text) : null
  if (!url || !(url.protocol in defaultPorts)) throw refused('url', 'must be an absolute https URL')
  return url
}

/**
 * Checks where a sender may be told to send, before any name is resolved: https, a host of the public internet, port 443
 * or a port above 1023, no user, no fragment. What the operator allows by name may be anything but that last.
 * @throws DomainError `egress.*` (422) with the pointer `/url`.
 */
export function checkTarget(text: string, allow: readonly AllowedTarget[]): EgressTarget {
  const url = parsedUrl(text)
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const port = url.port === '' ? (defaultPorts[url.protocol] ?? 0) : Number(url.port)
  const isNamed = allow.some((target) => 'host' in target && target.host === host && target.port === port)
  const isTrusted = isNamed || isInAllowedRange(host, allow)
  if (url.username !== '' || url.password !== '') throw refused('credentials', 'must not hold a user or a password')
  if (url.href.includes('#')) throw refused('fragment', 'must not hold a fragment')
  if (host === '' || port === 0) throw refused('url', 'must name a host and a port other than 0')
  if (isTrusted) return { url, host, port, isNamed }
  if (url.protocol !== 'https:') throw refused('scheme', 'must be https')
  if (port !== defaultPorts['https:'] && port < lowestFreePort)
    throw refused('port', `must use port 443 or one from ${lowestFreePort} on`)
  if (parseAddress(host) && !isPublicAddress(host)) throw insideAddress()
  const hasOpenRange = allow.some((target) => 'range' in target)
  if (!parseAddress(host) && !hasOpenRange && isInsideName(host)) throw insideAddress()
  return { url, host, port, isNamed }
}
