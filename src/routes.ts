import { auditRoutes } from './modules/audit/index.ts'
import { authenticateWith } from './modules/auth/grants.ts'
import { authRoutes } from './modules/auth/index.ts'
import { signInThrottle } from './modules/auth/throttle.ts'
import { periodRoutes } from './modules/billing/periods/index.ts'
import { billingRunRoutes } from './modules/billing/runs/index.ts'
import { summaryRoutes } from './modules/billing/summary/index.ts'
import { waterfallRoutes } from './modules/billing/waterfall/index.ts'
import { earningRoutes } from './modules/commissions/earnings/index.ts'
import {
  payoutChangeRoutes,
  payoutDecisionRoutes,
  payoutRoutes,
  receivedPayoutRoutes,
} from './modules/commissions/payouts/index.ts'
import { commissionRuleRoutes } from './modules/commissions/rules/index.ts'
import { commissionRunRoutes } from './modules/commissions/runs/index.ts'
import { commissionSimulationRoutes } from './modules/commissions/simulations/index.ts'
import {
  statementAnswerRoutes,
  statementChangeRoutes,
  statementRoutes,
} from './modules/commissions/statements/index.ts'
import { commissionSummaryRoutes } from './modules/commissions/summary/index.ts'
import { correctionRoutes } from './modules/corrections/index.ts'
import { creditRoutes } from './modules/credits/index.ts'
import { discountRoutes } from './modules/discounts/index.ts'
import { exportRoutes } from './modules/exports/index.ts'
import { invoiceActionRoutes } from './modules/invoices/action-routes.ts'
import { creditNoteRoutes } from './modules/invoices/credit-notes/index.ts'
import { invoiceRoutes } from './modules/invoices/index.ts'
import { printRoutes } from './modules/invoices/print/index.ts'
import { jobRoutes } from './modules/jobs/index.ts'
import { ledgerRoutes } from './modules/ledger/index.ts'
import { type Mount, mountContexts } from './modules/mount.ts'
import { hierarchyChangeRoutes } from './modules/organizations/changes/index.ts'
import { edgeRoutes } from './modules/organizations/edges/index.ts'
import { distributorRoutes, partnerRoutes, tenantRoutes } from './modules/organizations/index.ts'
import { organizationStateRoutes } from './modules/organizations/states/index.ts'
import { tenantSwitchRoutes } from './modules/organizations/switches/index.ts'
import { paymentRoutes } from './modules/payments/index.ts'
import { planRoutes, planVersionRoutes } from './modules/plans/index.ts'
import { priceListCopyRoutes } from './modules/pricing/copies/index.ts'
import { fxRateRoutes } from './modules/pricing/fx/index.ts'
import { priceListChangeRoutes, priceListRoutes } from './modules/pricing/price-lists/index.ts'
import { priceSheetRoutes } from './modules/pricing/sheet/index.ts'
import { simulationRoutes } from './modules/pricing/simulations/index.ts'
import { pricingRoutes, skuRoutes } from './modules/pricing/skus/index.ts'
import { priceListTableRoutes } from './modules/pricing/tables/index.ts'
import { regionRoutes } from './modules/regions/index.ts'
import { roleRoutes } from './modules/roles/index.ts'
import type { Permission } from './modules/roles/permissions.ts'
import { billingSettingRoutes } from './modules/settings/billing/index.ts'
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
import { authorization } from './platform/auth.ts'
import type { ApiConfig } from './platform/config.ts'
import type { Database } from './platform/db.ts'
import type { Log } from './platform/log.ts'
import type { Metrics } from './platform/metrics.ts'
import { requestLimit } from './platform/rate-limit.ts'
import { openTokens } from './platform/token.ts'
import { type AnyElysia, Elysia } from 'elysia'

/** What the app is built from; tests pass their own. */
export type AppParts = {
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

/** Every route of every module, below `/api/v1` but for those of the system. */
export function createRoutes(parts: AppParts) {
  const { config, db, log, metrics, now } = parts
  const tokens = openTokens({ secret: config.secret, lifetimeSeconds: config.accessTokenSeconds })
  const auth = authorization<Permission>(authenticateWith(tokens), requestLimit(config.requestsPerMinute))
  const mount: Mount = { auth, ...mountContexts({ db, log, now, secret: config.secret }) }
  const transport = config.redisUrl ? 'redis' : 'postgres'
  const webhooks = { sealKey: webhookSealKey(config.secret), allow: config.webhookAllowedTargets }
  // The types of the routes end here: nobody needs the type of the whole app, and it costs more than everything else.
  const modules: AnyElysia[] = [
    authRoutes(mount, { db, log, tokens, throttle: signInThrottle() }),
    ...hierarchyRoutes(mount),
    ...catalogRoutes(mount),
    ...meteringRoutes(mount),
    ...billingRoutes(mount),
    ...documentRoutes(mount),
    ...commissionRoutes(mount),
    auditRoutes(mount),
    exportRoutes(mount),
    jobRoutes(mount, parts.stopping),
    deliveryRoutes(mount),
    eventRoutes(mount),
    webhookChangeRoutes(mount, webhooks),
    webhookRoutes(mount, webhooks),
  ]
  return new Elysia({ name: 'routes', normalize: false })
    .onAfterHandle({ as: 'scoped' }, ({ request, set }) => {
      const outcome = mount.keyOutcome(request)
      if (outcome) set.headers['idempotency-replayed'] = String(outcome === 'replayed')
    })
    .use(systemRoutes(mount, { db, metrics, metricsToken: config.metricsToken, transport }))
    .group('/api/v1', (v1) => v1.use(modules))
}

/** Who there is, who may do what, and who stands below whom. */
const hierarchyRoutes = (mount: Mount): AnyElysia[] => [
  distributorRoutes(mount),
  partnerRoutes(mount),
  tenantRoutes(mount),
  edgeRoutes(mount),
  hierarchyChangeRoutes(mount),
  organizationStateRoutes(mount),
  tenantSwitchRoutes(mount),
  roleRoutes(mount),
  userRoutes(mount),
]

/** What is sold, for how much, and to whom. */
const catalogRoutes = (mount: Mount): AnyElysia[] => [
  skuRoutes(mount),
  pricingRoutes(mount),
  priceSheetRoutes(mount),
  priceListRoutes(mount),
  priceListChangeRoutes(mount),
  priceListCopyRoutes(mount),
  priceListTableRoutes(mount),
  simulationRoutes(mount),
  fxRateRoutes(mount),
  planRoutes(mount),
  planVersionRoutes(mount),
  subscriptionRoutes(mount),
  subscriptionChangeRoutes(mount),
  subscriptionLifeRoutes(mount),
  subscriptionPlanRoutes(mount),
]

/** What was used, and where. */
const meteringRoutes = (mount: Mount): AnyElysia[] => [
  regionRoutes(mount),
  usageRoutes(mount),
  usageSettingRoutes(mount),
]

/** What a month comes to, before and as it is billed. */
const billingRoutes = (mount: Mount): AnyElysia[] => [
  summaryRoutes(mount),
  waterfallRoutes(mount),
  periodRoutes(mount),
  billingRunRoutes(mount),
  billingSettingRoutes(mount),
  taxRoutes(mount),
  taxIdentityRoutes(mount),
  taxExemptionRoutes(mount),
]

/** Documents, what settles them and what puts them right. */
const documentRoutes = (mount: Mount): AnyElysia[] => [
  invoiceRoutes(mount),
  invoiceActionRoutes(mount),
  printRoutes(mount),
  creditNoteRoutes(mount),
  correctionRoutes(mount),
  creditRoutes(mount),
  discountRoutes(mount),
  paymentRoutes(mount),
  ledgerRoutes(mount),
]

/** What agents earn, from the rule to the bank. */
const commissionRoutes = (mount: Mount): AnyElysia[] => [
  commissionRuleRoutes(mount),
  commissionRunRoutes(mount),
  commissionSimulationRoutes(mount),
  commissionSummaryRoutes(mount),
  earningRoutes(mount),
  statementRoutes(mount),
  statementChangeRoutes(mount),
  statementAnswerRoutes(mount),
  payoutRoutes(mount),
  receivedPayoutRoutes(mount),
  payoutDecisionRoutes(mount),
  payoutChangeRoutes(mount),
]
