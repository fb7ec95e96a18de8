import { Elysia } from 'elysia'
import { refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { AuditFilters, AuditPage } from './model.ts'
import { listAudit } from './service.ts'

/** Who changed what. */
export const auditRoutes = (mount: Mount) =>
  new Elysia({ name: 'audit-routes', prefix: '/audit', tags: ['system'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => listAudit(mount.ctx(actor, request), query), {
      can: 'audit:read',
      query: AuditFilters,
      response: { ...refused, 200: AuditPage },
      detail: { operationId: 'listAudit', summary: 'Who changed what in your branch, newest first' },
    })
