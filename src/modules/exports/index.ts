import { Elysia } from 'elysia'
import { refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { ExportFilters, TablePath } from './model.ts'
import { exportTable } from './service.ts'

/** Tables for spreadsheets and accounting. */
export const exportRoutes = (mount: Mount) =>
  new Elysia({ name: 'export-routes', prefix: '/exports', tags: ['billing'] })
    .use(mount.auth)
    .get(
      '/:table',
      ({ actor, params, query, request }) => exportTable(mount.ctx(actor, request), params.table, query),
      {
        can: 'billing:read',
        params: TablePath,
        query: ExportFilters,
        response: refused,
        detail: {
          operationId: 'exportTable',
          summary: 'Invoices, lines, credit notes, payments or your own journal as CSV, streamed',
          responses: { 200: { description: 'CSV', content: { 'text/csv': { schema: { type: 'string' } } } } },
        },
      },
    )
