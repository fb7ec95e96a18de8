import { DomainError } from './errors.ts'
import { newId } from './ids.ts'

const requestIds = new WeakMap<Request, string>()

/** The id of a request, ours, the same each time it is asked for. */
export function requestIdOf(request: Request): string {
  const known = requestIds.get(request)
  if (known) return known
  const id = newId()
  requestIds.set(request, id)
  return id
}

/** The bearer token of a request (RFC 6750), or undefined. */
export const bearerOf = (request: Request): string | undefined =>
  /^Bearer ([\w.~+/-]{1,8000}=*)$/i.exec(request.headers.get('authorization') ?? '')?.[1]

/** A strong ETag of a row's version. */
const etagOf = (version: number): string => `"${version}"`

/**
 * The version that a change is meant for (RFC 9110 If-Match), to be compared in the update itself.
 * @throws DomainError `precondition.required` (428) without the header, `precondition.failed` (412) when it can't match.
 */
export function expectedVersion(request: Request): number {
  const header = request.headers.get('if-match')
  if (header === null) {
    throw new DomainError('precondition_required', 'precondition.required', 'send If-Match with the ETag you read')
  }
  const version = /^"(\d{1,9})"$/.exec(header)?.[1]
  if (version === undefined) throw stale()
  return Number(version)
}

/** The thing changed since the caller read it. */
export const stale = (): DomainError =>
  new DomainError('precondition_failed', 'precondition.failed', 'this has changed since you read it')

/** A resource with the version that its ETag shows. */
export type Versioned<T> = { readonly value: T; readonly version: number }

type Answering = { headers: Record<string, string | number> }

/** Shows the version as ETag (RFC 9110 section 8.8.3) and gives the resource. */
export function tagged<T>(set: Answering, answer: Versioned<T>): T {
  set.headers['etag'] = etagOf(answer.version)
  return answer.value
}

/** As `tagged`, for a new resource: says below which path it is found from now on. */
export function located<T extends { id: string }>(set: Answering, path: string, answer: Versioned<T>): T {
  set.headers['location'] = `${path}/${answer.value.id}`
  return tagged(set, answer)
}

/** Says where accepted work can be followed, and when to look first (RFC 9110 section 15.3.3). */
export function accepted<T extends { jobId: string }>(set: Answering, answer: T): T {
  set.headers['location'] = `/api/v1/jobs/${answer.jobId}`
  set.headers['retry-after'] = '1'
  return answer
}
