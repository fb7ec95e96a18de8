import { levels } from '../../platform/context.ts'
import { type Static, object, oneOf, PageOf, t } from '../../platform/schema.ts'
import { permissions, roles } from './permissions.ts'

/** A built-in role: at organizations of which level it can be granted, and what it permits there and below. */
export const Role = object(
  { name: oneOf(roles), level: oneOf(levels), permissions: t.Array(oneOf(permissions)) },
  { $id: 'Role' },
)
export type Role = Static<typeof Role>

export const RolePage = PageOf(Role)
