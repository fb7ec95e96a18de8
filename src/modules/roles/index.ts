import { Elysia } from 'elysia'
import { Problem } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { RolePage } from './model.ts'
import { listRoles } from './service.ts'

/** The built-in roles. */
export const roleRoutes = (mount: Mount) =>
  new Elysia({ name: 'role-routes', prefix: '/roles', tags: ['hierarchy'] }).use(mount.auth).get('/', listRoles, {
    can: 'signed-in',
    response: { 200: RolePage, 401: Problem },
    detail: { operationId: 'listRoles', summary: 'The built-in roles and what they permit' },
  })
