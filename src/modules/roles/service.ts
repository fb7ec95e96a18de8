import type { Page } from '../../platform/page.ts'
import type { Role } from './model.ts'
import { levelOfRole, permissions, permissionsOf, roles, switched, switches } from './permissions.ts'

const all: Role[] = roles.map((name) => {
  const held = permissionsOf([name])
  return {
    name,
    level: levelOfRole(name),
    permissions: permissions.filter((permission) => held.has(permission)),
    switched: switches.flatMap((one) =>
      switched[one].role === name ? [{ switch: one, permission: switched[one].permission }] : [],
    ),
  }
})

/** The nine built-in roles, from the top, on one page. */
export const listRoles = (): Page<Role> => ({ data: all, page: { nextCursor: null, hasMore: false } })
