import { levels } from '../../platform/context.ts'
import { type Static, object, oneOf, PageOf, t } from '../../platform/schema.ts'
import { permissions, roles, switches } from './permissions.ts'

const Switched = t.Array(object({ switch: oneOf(switches), permission: oneOf(permissions) }), {
  description: 'what it permits besides, where an organization above has switched it on for the tenant',
})

/** A built-in role: at organizations of which level it can be granted, and what it permits there and below. */
export const Role = object(
  { name: oneOf(roles), level: oneOf(levels), permissions: t.Array(oneOf(permissions)), switched: Switched },
  { $id: 'Role' },
)
export type Role = Static<typeof Role>

export const RolePage = PageOf(Role)
