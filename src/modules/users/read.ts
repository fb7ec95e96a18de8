import type { Ctx } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { notFound } from '../../platform/errors.ts'
import type { Versioned } from '../../platform/request.ts'
import type { User } from './model.ts'
import { findUser, type UserRow } from './queries.ts'

/** A row as the resource that it is. */
export const toUser = ({ version: _, ...user }: UserRow): User => user

/** The resource of a row, with its version. */
export const toVersioned = (row: UserRow): Versioned<User> => ({ value: toUser(row), version: row.version })

/** A user of the caller's branch. @throws notFound */
export async function readUser(ctx: Ctx, tx: Tx, id: string): Promise<UserRow> {
  const row = await findUser(tx, ctx.actor, id)
  if (!row) throw notFound()
  return row
}
