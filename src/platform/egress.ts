import { lookup } from 'node:dns/promises'
import type { AllowedTarget } from './config-targets.ts'
import { isInAllowedRange, isPublicAddress, parseAddress } from './egress-address.ts'
import { checkTarget, type EgressTarget, insideAddress } from './egress-target.ts'
import { DomainError } from './errors.ts'

/** Answers all addresses of a host. */
type Resolve = (host: string) => Promise<readonly string[]>

/** What to send, within which bounds, and what the operator allows besides the public internet. */
export type EgressRequest = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
  /** For all of it: name, connection, answer. */
  readonly timeoutMs: number
  readonly maxResponseBytes: number
  readonly allow: readonly AllowedTarget[]
  readonly resolve?: Resolve
  /** PEM of the authorities to trust instead of the public ones. */
  readonly certificateAuthorities?: string
}

/** What came back; redirects are answers like any other. The snippet is the start of the body, fit to be stored. */
export type EgressAnswer = {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly bodySnippet: string
}

const resolveBySystem: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)

const failed = (code: string, detail: string, cause?: unknown): DomainError =>
  new DomainError('unavailable', `egress.${code}`, detail, { cause })

/**
 * Posts to a place that somebody else chose. The name is resolved once, every address is checked, and the connection
 * goes to the checked address: a name that changes its mind reaches nothing inside. Redirects are not followed.
 * May be repeated by the caller; whether the other side acted is known only from its answer.
 * @throws DomainError `egress.*`: 422 with `/url` for a place that is refused, 503 `egress.unresolvable`,
 * `egress.unreachable`, `egress.tls`, `egress.timeout`.
 */
export async function post(text: string, request: EgressRequest): Promise<EgressAnswer> {
  const target = checkTarget(text, request.allow)
  const deadline = AbortSignal.timeout(request.timeoutMs)
  const address = await pinnedAddress(target, request, deadline)
  const response = await send(target, address, request, deadline)
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after') ?? undefined,
    bodySnippet: await readSnippet(response, request.maxResponseBytes),
  }
}

async function pinnedAddress(target: EgressTarget, request: EgressRequest, deadline: AbortSignal): Promise<string> {
  const { host, isNamed } = target
  const resolve = request.resolve ?? resolveBySystem
  const addresses = parseAddress(host)
    ? [host]
    : await Promise.race([resolve(host), passed(deadline)]).catch(translated)
  // One address inside is enough to refuse: which of them a connection would take is chance.
  const isFine = (address: string): boolean =>
    isNamed || isPublicAddress(address) || isInAllowedRange(address, request.allow)
  if (!addresses.every(isFine)) throw insideAddress()
  const pinned = addresses.find((address) => !address.includes(':')) ?? addresses[0]
  if (pinned === undefined) throw failed('unresolvable', 'the host has no address')
  return pinned
}

/** Bun's fetch knows no agent, so the address stands in the URL, and the name in Host and in the TLS handshake. */
async function send(
  { url, host, port }: EgressTarget,
  address: string,
  request: EgressRequest,
  deadline: AbortSignal,
): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('host', url.host)
  headers.set('accept-encoding', 'identity')
  const authority = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const { certificateAuthorities: ca } = request
  return fetch(`${url.protocol}//${authority}${url.pathname}${url.search}`, {
    method: 'POST',
    headers,
    body: request.body,
    redirect: 'manual',
    // A kept connection could be taken by a request to another host at this address.
    keepalive: false,
    decompress: false,
    signal: deadline,
    tls: {
      rejectUnauthorized: true,
      ...(parseAddress(host) ? {} : { serverName: host }),
      ...(ca === undefined ? {} : { ca }),
    },
  }).catch(translated)
}

/** The status has said all that counts, so a body that ends in the middle is only a shorter snippet. */
async function readSnippet(response: Response, maxBytes: number): Promise<string> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  while (bytes < maxBytes) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
    if (done || !value) break
    chunks.push(value)
    bytes += value.byteLength
  }
  await reader.cancel().catch(() => undefined)
  const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, maxBytes))
  // Postgres stores no NUL.
  return text.replaceAll('\0', '\ufffd')
}

const passed = (deadline: AbortSignal): Promise<never> =>
  new Promise((_, reject) => deadline.addEventListener('abort', () => reject(deadline.reason as Error), { once: true }))

/** Names the failure without what we know of the network: addresses and ports stay in the cause, for the log. */
function translated(cause: unknown): never {
  const { name = '', code = '' } = cause as { name?: string; code?: unknown }
  const signs = String(code)
  if (name === 'TimeoutError' || name === 'AbortError') throw failed('timeout', 'no answer in time', cause)
  if (/^(ENOTFOUND|ENODATA|EAI_|DNS_)/.test(signs)) throw failed('unresolvable', 'the host has no address', cause)
  if (/TLS|CERT|SSL|EPROTO/.test(signs)) throw failed('tls', 'no trusted TLS connection', cause)
  throw failed('unreachable', 'no connection to the host', cause)
}
