import { Elysia } from 'elysia'
import packageJson from '../package.json' with { type: 'json' }
import { DomainError } from './platform/errors.ts'
import { type ApiInfo, openApiDocument, openApiRoutes } from './platform/openapi.ts'
import { problems } from './platform/problem.ts'
import { requestIdOf } from './platform/request.ts'
import { methodsByPath } from './platform/route-methods.ts'
import { type AppParts, createRoutes } from './routes.ts'

const description = `Metering and billing for multi-tier cloud channels: one ledger from raw usage to partner payout.

**Amounts, prices and quantities** are decimals as text. A figure that can't be computed is null, never 0. Months are in UTC,
\`YYYY-MM\`; spans of days are half-open.

**Who.** \`POST /api/v1/auth/login\` gives an access token: \`Authorization: Bearer …\`. Who may act for several
organizations names one in \`Weir-Organization\`. What is not in your sight is 404, as what does not exist.

**Errors** are problem+json (RFC 9457): \`code\` stays the same, each of \`errors\` points at a field or another part of the request
(\`/lines/0/net\`, \`/query/limit\`, \`/path/id\`).

**Twice.** A POST that makes work or money takes \`Idempotency-Key\` (1 to 255 characters): repeated with the same body, it gets the
first answer with \`Idempotency-Replayed: true\` (the first has \`false\`); with another body it is 422, while the first is on its way 409.
What is refused is not kept. A secret that is shown once is null in a repeated answer.

**Changes.** Single things have an \`ETag\`; a PATCH, and a PUT that replaces prices or items, wants it as \`If-Match\` (428 without, 412 once it has changed).

**Lists** have at most \`limit\` rows; go on with \`cursor=<page.nextCursor>\` while \`page.hasMore\`, or with \`Link\`.

**Work** is 202 with a job: \`GET /api/v1/jobs/{id}?wait=10\` answers when it has changed or ended.`

const info: ApiInfo = {
  title: 'Weir',
  description,
  version: packageJson.version,
  tags: [
    { name: 'auth', description: 'Sign in and stay signed in' },
    { name: 'hierarchy', description: 'Distributors, partners, tenants and their people' },
    { name: 'catalog', description: 'SKUs, price lists, plans and subscriptions' },
    { name: 'usage', description: 'Regions, usage intake and quarantine' },
    { name: 'billing', description: 'Summaries, periods, billing runs and invoices' },
    { name: 'commissions', description: 'Rules, runs and earnings of agents' },
    {
      name: 'settings',
      description: 'Tax: identities, profile, rates and exemptions; how usage is counted; how a seller bills',
    },
    { name: 'jobs', description: 'Accepted work' },
    { name: 'webhooks', description: 'Events and who is told' },
    { name: 'system', description: 'Health, version, metrics' },
  ],
}

/** Mounts every module; does not listen. */
export function createApp(parts: AppParts) {
  const routed = createRoutes(parts)
  const methodsAt = methodsByPath(() => routed.routes)
  return new Elysia({ name: 'weir', normalize: false })
    .use(problems(parts.log, methodsAt))
    .use(manners(parts))
    .use(openApiRoutes(() => openApiDocument(routed, info), 'Weir API'))
    .use(routed)
}

const jsonBodyLimitBytes = 1024 * 1024

/** What every request and every answer has in common: a request id, a size, a media type, a line in the log. */
const manners = ({ log, metrics }: AppParts) => {
  const startedAt = new WeakMap<Request, number>()
  return new Elysia({ name: 'manners' })
    .onRequest(({ request, set }) => {
      startedAt.set(request, performance.now())
      set.headers['x-request-id'] = requestIdOf(request)
      set.headers['x-content-type-options'] = 'nosniff'
      if (isJson(request) && Number(request.headers.get('content-length') ?? 0) > jsonBodyLimitBytes) {
        throw new DomainError('too_large', 'body.too_large', 'a JSON body may have 1 MiB; usage has its own limit')
      }
    })
    .onParse({ as: 'global' }, ({ request, contentType }) => {
      if (isRaw(request)) return null
      if (contentType !== 'application/json' && request.body !== null) {
        throw new DomainError('unsupported_media', 'body.media_type', 'send application/json')
      }
      return undefined
    })
    .onAfterResponse({ as: 'global' }, ({ request, route, set }) => {
      const seconds = (performance.now() - (startedAt.get(request) ?? performance.now())) / 1000
      const status = typeof set.status === 'number' ? set.status : 200
      metrics.requestAnswered({ method: request.method, route: route ?? 'none', status, seconds })
      log.info('request.answered', {
        requestId: requestIdOf(request),
        method: request.method,
        route: route ?? 'none',
        status,
        ms: Math.round(seconds * 1000),
      })
    })
}

const isJson = (request: Request): boolean => request.method !== 'GET' && !isRaw(request)

const rawPaths = /^\/api\/v1\/(usage|pricing\/price-lists\/[^/]+\/import)\/?$/

/** Batches of usage and tables of prices: the route reads the bytes itself, with formats and a limit of its own. */
const isRaw = (request: Request): boolean => request.method === 'POST' && rawPaths.test(new URL(request.url).pathname)
