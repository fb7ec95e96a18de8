/** What went wrong, for machines; only `problem.ts` knows the HTTP status of each. */
export type ErrorKind =
  | 'unparsable'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'precondition_failed'
  | 'too_large'
  | 'unsupported_media'
  | 'invalid'
  | 'precondition_required'
  | 'too_many'
  | 'unavailable'

/** One faulty place of the request: a JSON pointer (RFC 6901), a stable code, a sentence that never echoes the input. */
export type Fault = { readonly pointer: string; readonly code: string; readonly message: string }

/** An expected failure. Anything else that is thrown is a bug. `cause` is for the log only. */
export class DomainError extends Error {
  readonly faults: readonly Fault[]
  readonly retryAfterSeconds: number | undefined
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    readonly detail: string,
    more: { faults?: readonly Fault[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(`${code}: ${detail}`, { cause: more.cause })
    this.name = 'DomainError'
    this.faults = more.faults ?? []
    this.retryAfterSeconds = more.retryAfterSeconds
  }
}

/** States what must be true here. A failure is a bug in our code, not in the request. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`)
}

/** A 422 that names one field. */
export const invalidField = (pointer: string, code: string, message: string): DomainError =>
  new DomainError('invalid', code, message, { faults: [{ pointer, code, message }] })

/** A JSON pointer to a field of the body, or to a part of the request beside it: `/path/id`, `/query/region`, `/headers/…`. */
export type Pointer = `/${string}`

type Cause = Fault & { readonly pointer: Pointer }

/** A 409 that names each part of the request that stands against the present state, at least one. */
export function conflictsOf(
  code: string,
  detail: string,
  faults: readonly Cause[],
  more: { retryAfterSeconds?: number } = {},
): DomainError {
  invariant(faults.length > 0, 'a conflict names at least one cause')
  return new DomainError('conflict', code, detail, { faults, ...more })
}

/** A 409 with one cause: `/path/id` where it is the state of the thing itself. */
export const conflictAt = (
  pointer: Pointer,
  code: string,
  message: string,
  more: { retryAfterSeconds?: number } = {},
): DomainError => conflictsOf(code, message, [{ pointer, code, message }], more)

/** The part of a request that says for whom it acts. */
export const actingFor = '/headers/weir-organization'

/** A 422 that names several fields, at most 20 of them; the first one gives the code. */
export function invalidFields(faults: readonly Fault[]): DomainError {
  const [first] = faults
  invariant(first, 'a refusal names at least one fault')
  const detail = faults.length === 1 ? first.message : 'some fields are not valid'
  return new DomainError('invalid', first.code, detail, { faults: faults.slice(0, 20) })
}

/** The one answer for an id in a body that is foreign or absent, alike, so that nobody learns what exists elsewhere. */
export const unknownReference = (pointer: string): DomainError =>
  invalidField(pointer, 'reference.unknown', 'names something that does not exist')

/** The one answer for a path that is foreign or absent, alike. */
export const notFound = (): DomainError => new DomainError('not_found', 'resource.not_found', 'there is nothing here')
