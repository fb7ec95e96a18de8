import { type AnyElysia, Elysia } from 'elysia'
import packageJson from '../package.json' with { type: 'json' }
import type { ApiConfig } from './platform/config.ts'
import { authorization } from './platform/auth.ts'
import type { Database } from './platform/db.ts'
import { DomainError } from './platform/errors.ts'
import type { Log } from './platform/log.ts'
import type { Metrics } from './platform/metrics.ts'
import { type ApiInfo, openApiDocument, openApiRoutes } from './platform/openapi.ts'
import { problems } from './platform/problem.ts'
import { requestLimit } from './platform/rate-limit.ts'
import { requestIdOf } from './platform/request.ts'
import { methodsByPath } from './platform/route-methods.ts'
import { openTokens } from './platform/token.ts'
import { auditRoutes } from './modules/audit/index.ts'
import { authRoutes } from './modules/auth/index.ts'
import { billingRunRoutes } from './modules/billing/runs/index.ts'
import { summaryRoutes } from './modules/billing/summary/index.ts'
import { waterfallRoutes } from './modules/billing/waterfall/index.ts'
import { periodRoutes } from './modules/billing/periods/index.ts'
import { authenticateWith } from './modules/auth/grants.ts'
import { signInThrottle } from './modules/auth/throttle.ts'
import { earningRoutes } from './modules/commissions/earnings/index.ts'
import { commissionRuleRoutes } from './modules/commissions/rules/index.ts'
import { commissionRunRoutes } from './modules/commissions/runs/index.ts'
import { commissionSummaryRoutes } from './modules/commissions/summary/index.ts'
import { exportRoutes } from './modules/exports/index.ts'
import { invoiceActionRoutes } from './modules/invoices/action-routes.ts'
import { creditRoutes } from './modules/credits/index.ts'
import { discountRoutes } from './modules/discounts/index.ts'
import { printRoutes } from './modules/invoices/print/index.ts'
import { payoutChangeRoutes, payoutRoutes } from './modules/commissions/payouts/index.ts'
import { commissionSimulationRoutes } from './modules/commissions/simulations/index.ts'
import {
  statementAnswerRoutes,
  statementChangeRoutes,
  statementRoutes,
} from './modules/commissions/statements/index.ts'
import { invoiceRoutes } from './modules/invoices/index.ts'
import { jobRoutes } from './modules/jobs/index.ts'
import { ledgerRoutes } from './modules/ledger/index.ts'
import { type Mount, mountContexts } from './modules/mount.ts'
import { hierarchyChangeRoutes } from './modules/organizations/changes/index.ts'
import { edgeRoutes } from './modules/organizations/edges/index.ts'
import { distributorRoutes, partnerRoutes, tenantRoutes } from './modules/organizations/index.ts'
import { organizationStateRoutes } from './modules/organizations/states/index.ts'
import { correctionRoutes } from './modules/corrections/index.ts'
import { creditNoteRoutes } from './modules/invoices/credit-notes/index.ts'
import { paymentRoutes } from './modules/payments/index.ts'
import { planRoutes, planVersionRoutes } from './modules/plans/index.ts'
import { fxRateRoutes } from './modules/pricing/fx/index.ts'
import { priceListTableRoutes } from './modules/pricing/tables/index.ts'
import { priceListCopyRoutes } from './modules/pricing/copies/index.ts'
import { priceListChangeRoutes, priceListRoutes, pricingRoutes } from './modules/pricing/index.ts'
import { simulationRoutes } from './modules/pricing/simulations/index.ts'
import { regionRoutes } from './modules/regions/index.ts'
import { roleRoutes } from './modules/roles/index.ts'
import type { Permission } from './modules/roles/permissions.ts'
import { taxExemptionRoutes, taxIdentityRoutes, taxRoutes } from './modules/settings/index.ts'
import { usageSettingRoutes } from './modules/settings/usage/index.ts'
import {
  subscriptionChangeRoutes,
  subscriptionLifeRoutes,
  subscriptionPlanRoutes,
  subscriptionRoutes,
} from './modules/subscriptions/index.ts'
import { systemRoutes } from './modules/system/index.ts'
import { usageRoutes } from './modules/usage/index.ts'
import { userRoutes } from './modules/users/index.ts'
import { deliveryRoutes, eventRoutes, webhookChangeRoutes, webhookRoutes } from './modules/webhooks/index.ts'
import { webhookSealKey } from './modules/webhooks/service.ts'

/** What the app is built from; tests pass their own. */
type AppParts = {
  readonly config: Pick<
    ApiConfig,
    'secret' | 'accessTokenSeconds' | 'redisUrl' | 'metricsToken' | 'webhookAllowedTargets' | 'requestsPerMinute'
  >
  readonly db: Database
  readonly log: Log
  readonly metrics: Metrics
  readonly now: () => Date
  /** Aborted when the process is asked to stop: ends what would wait for a change. */
  readonly stopping: AbortSignal
}

const info: ApiInfo = {
  title: 'Weir',
  description: 'Metering and billing for multi-tier cloud channels: one ledger from raw usage to partner payout.',
  version: packageJson.version,
  tags: [
    { name: 'auth', description: 'Sign in and stay signed in' },
    { name: 'hierarchy', description: 'Distributors, partners, tenants and their people' },
    { name: 'catalog', description: 'SKUs, price lists, plans and subscriptions' },
    { name: 'usage', description: 'Regions, usage intake and quarantine' },
    { name: 'billing', description: 'Summaries, periods, billing runs and invoices' },
    { name: 'commissions', description: 'Rules, runs and earnings of agents' },
    { name: 'settings', description: 'Tax: identities, profile, rates and exemptions; how usage is counted' },
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

function createRoutes(parts: AppParts) {
  const { config, db, log, metrics, now } = parts
  const tokens = openTokens({ secret: config.secret, lifetimeSeconds: config.accessTokenSeconds })
  const auth = authorization<Permission>(authenticateWith(tokens), requestLimit(config.requestsPerMinute))
  const mount: Mount = { auth, ...mountContexts({ db, log, now, secret: config.secret }) }
  const transport = config.redisUrl ? 'redis' : 'postgres'
  const webhooks = { sealKey: webhookSealKey(config.secret), allow: config.webhookAllowedTargets }
  // The types of the routes end here: nobody needs the type of the whole app, and it costs more than everything else.
  const modules: AnyElysia[] = [
    auditRoutes(mount),
    ...documentRoutes(mount),
    authRoutes(mount, { db, log, tokens, throttle: signInThrottle() }),
    billingRunRoutes(mount),
    commissionRunRoutes(mount),
    earningRoutes(mount),
    commissionSummaryRoutes(mount),
    commissionRuleRoutes(mount),
    correctionRoutes(mount),
    deliveryRoutes(mount),
    distributorRoutes(mount),
    edgeRoutes(mount),
    eventRoutes(mount),
    fxRateRoutes(mount),
    hierarchyChangeRoutes(mount),
    exportRoutes(mount),
    jobRoutes(mount, parts.stopping),
    organizationStateRoutes(mount),
    partnerRoutes(mount),
    periodRoutes(mount),
    planRoutes(mount),
    planVersionRoutes(mount),
    priceListChangeRoutes(mount),
    priceListCopyRoutes(mount),
    priceListTableRoutes(mount),
    priceListRoutes(mount),
    pricingRoutes(mount),
    regionRoutes(mount),
    roleRoutes(mount),
    commissionSimulationRoutes(mount),
    payoutChangeRoutes(mount),
    payoutRoutes(mount),
    statementAnswerRoutes(mount),
    statementChangeRoutes(mount),
    statementRoutes(mount),
    simulationRoutes(mount),
    subscriptionChangeRoutes(mount),
    subscriptionLifeRoutes(mount),
    subscriptionPlanRoutes(mount),
    subscriptionRoutes(mount),
    summaryRoutes(mount),
    waterfallRoutes(mount),
    taxIdentityRoutes(mount),
    taxExemptionRoutes(mount),
    taxRoutes(mount),
    usageSettingRoutes(mount),
    tenantRoutes(mount),
    usageRoutes(mount),
    userRoutes(mount),
    webhookChangeRoutes(mount, webhooks),
    webhookRoutes(mount, webhooks),
  ]
  return new Elysia({ name: 'routes', normalize: false })
    .onAfterHandle({ as: 'scoped' }, ({ request, set }) => {
      if (mount.isReplay(request)) set.headers['idempotency-replayed'] = 'true'
    })
    .use(systemRoutes(mount, { db, metrics, metricsToken: config.metricsToken, transport }))
    .group('/api/v1', (v1) => v1.use(modules))
}

/** Documents, and what settles them. */
const documentRoutes = (mount: Mount): AnyElysia[] => [
  creditNoteRoutes(mount),
  creditRoutes(mount),
  discountRoutes(mount),
  invoiceActionRoutes(mount),
  invoiceRoutes(mount),
  ledgerRoutes(mount),
  paymentRoutes(mount),
  printRoutes(mount),
]

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
