import { Elysia } from 'elysia'
import { isTransient } from './db.ts'
import { DomainError, type ErrorKind, type Fault } from './errors.ts'
import { faultsOf, type Finding } from './findings.ts'
import type { Log } from './log.ts'
import { requestIdOf } from './request.ts'
import type { Problem } from './schema.ts'

const statusOf: Record<ErrorKind, number> = {
  unparsable: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media: 415,
  invalid: 422,
  precondition_required: 428,
  too_many: 429,
  unavailable: 503,
}

const titles: Record<number, string> = {
  400: 'The request can not be read',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict with the present state',
  410: 'Gone',
  412: 'The thing has changed since it was read',
  413: 'Too large',
  415: 'Media type not supported',
  422: 'The request is not valid',
  428: 'If-Match is required',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable, try again',
}

/** The problem of a domain error, for answers and for jobs that failed. */
export const problemOf = (error: DomainError, place: { instance: string; requestId: string }): Problem =>
  problem(statusOf[error.kind], error.code, error.detail, error.faults, place)

const problem = (
  status: number,
  code: string,
  detail: string,
  faults: readonly Fault[],
  place: { instance: string; requestId: string },
): Problem => ({
  type: `urn:weir:problem:${code}`,
  title: titles[status] ?? 'Error',
  status,
  code,
  detail,
  ...place,
  errors: faults.map(({ pointer, code, message }) => ({ pointer, code, message })),
})

type Answer = { status: number; code: string; detail: string; faults: readonly Fault[]; retryAfterSeconds?: number }

/** One place decides what an error says to a caller: nothing of ours, nothing of theirs. */
function answerOf(code: string | number, error: unknown): Answer {
  if (error instanceof DomainError) {
    const answer = { status: statusOf[error.kind], code: error.code, detail: error.detail, faults: error.faults }
    return error.retryAfterSeconds === undefined ? answer : { ...answer, retryAfterSeconds: error.retryAfterSeconds }
  }
  // What a parse hook throws arrives wrapped.
  if (error instanceof Error && error.cause instanceof DomainError) return answerOf(code, error.cause)
  if (code === 'NOT_FOUND') return plain(404, 'route.not_found', 'there is no such path')
  if (code === 'PARSE') return plain(400, 'body.unparsable', 'the body is not valid JSON')
  if (code === 'INVALID_COOKIE_SIGNATURE') return plain(400, 'cookie.invalid', 'a cookie is not valid')
  if (code === 'VALIDATION' && validationOf(error).type !== 'response') return invalid(error)
  if (isTransient(error))
    return { ...plain(503, 'unavailable', 'a needed service does not answer'), retryAfterSeconds: 2 }
  return plain(500, 'internal', 'something went wrong on our side; the request id helps to find it')
}

const plain = (status: number, code: string, detail: string): Answer => ({ status, code, detail, faults: [] })

const wrongMethod = plain(405, 'route.method_not_allowed', 'this path does not allow this method')

type Validation = { type?: string; all?: Finding[] }
const validationOf = (error: unknown): Validation => error as Validation

function invalid(error: unknown): Answer {
  const { type, all = [] } = validationOf(error)
  const prefix = type === 'query' ? '/query' : type === 'params' ? '/path' : type === 'headers' ? '/headers' : ''
  const faults = faultsOf(all.filter((one) => typeof one.message === 'string')).map((fault) => ({
    ...fault,
    pointer: prefix + fault.pointer,
  }))
  return { status: 422, code: 'request.invalid', detail: 'some fields are not valid', faults }
}

/** Turns every error into problem+json. Must be the first plugin of the app: an error hook only sees later routes. */
export const problems = (log: Log, methodsAt: (pathname: string) => string[]) =>
  new Elysia({ name: 'problems' }).onError({ as: 'global' }, ({ code, error, request, set }) => {
    const instance = new URL(request.url).pathname
    const allowed = code === 'NOT_FOUND' && !(error instanceof DomainError) ? methodsAt(instance) : []
    const answer = allowed.length > 0 ? wrongMethod : answerOf(code, error)
    if (allowed.length > 0) set.headers['allow'] = allowed.join(', ')
    const requestId = requestIdOf(request)
    if (answer.status >= 500) log.error('request.failed', { method: request.method, instance, requestId, error })
    set.status = answer.status
    set.headers['content-type'] = 'application/problem+json'
    set.headers['cache-control'] = 'no-store'
    if (answer.status === 401) set.headers['www-authenticate'] = 'Bearer'
    if (answer.retryAfterSeconds !== undefined) set.headers['retry-after'] = String(answer.retryAfterSeconds)
    return problem(answer.status, answer.code, answer.detail, answer.faults, { instance, requestId })
  })
