import type { Tx } from './db.ts'
import { invalidField } from './errors.ts'

/** A page asked for: rows after the position, at most `limit`. Positions are keysets, so nothing is skipped or shown twice. */
export type PageRequest = { readonly after: string | undefined; readonly limit: number }

/** A page given. */
export type Page<T> = { data: T[]; page: { nextCursor: string | null; hasMore: boolean } }

const defaultLimit = 50

/**
 * Reads a cursor that `pageOf` gave for the same kind of list. A position names a row, it grants nothing:
 * row level security decides what comes after it. @throws DomainError 422 at /query/cursor.
 */
export function pageRequest(kind: string, query: { cursor?: string; limit?: number }): PageRequest {
  const limit = query.limit ?? defaultLimit
  if (query.cursor === undefined) return { after: undefined, limit }
  const [listed, after] = Buffer.from(query.cursor, 'base64url').toString('utf8').split('|', 2)
  if (listed !== kind || !after || !/^[\w:.-]{1,200}$/.test(after)) throw foreignCursor()
  return { after, limit }
}

/** As `pageRequest`, for lists whose positions are ids. */
export function idPageRequest(kind: string, query: { cursor?: string; limit?: number }): PageRequest {
  const request = pageRequest(kind, query)
  if (request.after !== undefined && !idForm.test(request.after)) throw foreignCursor()
  return request
}

/** What a position of this form says: its groups. @throws DomainError 422 at /query/cursor for another form. */
export function placeIn(position: string, form: RegExp): readonly string[] {
  const [whole, ...parts] = form.exec(position) ?? []
  if (whole === undefined) throw foreignCursor()
  return parts
}

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const foreignCursor = () => invalidField('/query/cursor', 'cursor.invalid', 'this cursor was not given for this list')

/**
 * How many rows a query must fetch for a page: at least one more than its limit, written into the statement, in so few
 * steps that each can keep its plan. A limit that is a parameter tells the planner nothing: Postgres would plan the
 * statement again at every call, which costs more than the page.
 */
export const onePast = (tx: Tx, { limit }: Pick<PageRequest, 'limit'>) => {
  if (limit <= 10) return tx`11`
  if (limit <= 50) return tx`51`
  if (limit <= 100) return tx`101`
  return tx`201`
}

/** Cuts the fetched rows, `limit + 1` or more, to a page; `positionOf` says where the next page begins. */
export function pageOf<R, T>(
  kind: string,
  request: PageRequest,
  rows: readonly R[],
  positionOf: (row: R) => string,
  toItem: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, request.limit)
  const last = shown.at(-1)
  const hasMore = rows.length > request.limit
  const nextCursor = hasMore && last ? Buffer.from(`${kind}|${positionOf(last)}`).toString('base64url') : null
  return { data: shown.map(toItem), page: { nextCursor, hasMore } }
}
