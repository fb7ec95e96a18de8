import { Elysia } from 'elysia'
import { readBytes } from '../../../platform/body.ts'
import type { Actor } from '../../../platform/context.ts'
import { DomainError } from '../../../platform/errors.ts'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { ImportedList, ImportQuery } from './model.ts'
import { maxTableBytes, tableTooLarge } from './read.ts'
import { exportRates, importRates } from './service.ts'

const missed = { ...refused, 404: Problem } as const
const listPath = '/api/v1/pricing/price-lists'
const csv = { 'text/csv': { schema: { type: 'string' } } } as const

async function receive(mount: Mount, actor: Actor, request: Request, id: string, query: ImportQuery) {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'text/csv') throw new DomainError('unsupported_media', 'csv.media_type', 'send text/csv')
  const bytes = await readBytes(request, maxTableBytes, tableTooLarge)
  const ctx = query.preview === 'true' ? mount.ctx(actor, request) : mount.ctxOnce(actor, request, bytes)
  return importRates(ctx, id, query, bytes)
}

/** Price lists as tables for spreadsheets. */
export const priceListTableRoutes = (mount: Mount) =>
  new Elysia({ name: 'price-list-table-routes', prefix: '/pricing/price-lists', tags: ['catalog'] })
    .use(mount.auth)
    .get('/:id/csv', ({ actor, params, request }) => exportRates(mount.ctx(actor, request), params.id), {
      can: 'pricing:read',
      params: IdPath,
      response: missed,
      detail: {
        operationId: 'exportPriceList',
        summary: 'The rates of a price list as CSV; imported again it changes nothing',
        responses: { 200: { description: 'CSV', content: csv } },
      },
    })
    .post(
      '/:id/import',
      async ({ actor, params, query, request, set, status }) => {
        const imported = await receive(mount, actor, request, params.id, query)
        if (!imported.priceList) return status(200, imported)
        set.headers['location'] = `${listPath}/${imported.priceList.id}`
        return status(201, imported)
      },
      {
        can: 'pricing:write',
        once: true,
        params: IdPath,
        query: ImportQuery,
        response: {
          ...missed,
          200: ImportedList,
          201: ImportedList,
          400: Problem,
          409: Problem,
          413: Problem,
          415: Problem,
        },
        detail: {
          operationId: 'importPriceList',
          summary: 'Import the rates of a draft, or of a new draft, from a CSV file',
          requestBody: { required: true, description: 'at most 8 MB and 50,000 rows in UTF-8', content: csv },
        },
      },
    )
