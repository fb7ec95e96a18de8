import { progressBar } from '../progress.ts'
import { previousPeriod } from './calendar.ts'
import {
  buyerList,
  commissionRules,
  costPrices,
  distributors,
  emailOf,
  listPrices,
  partners,
  password,
  regions,
  resellerPrices,
  type Seller,
  serviceEmail,
  skus,
  type Tenant,
  tenants,
} from './channel.ts'
import { type Api, type Caller, signIn } from './client.ts'
import { externalIdsOf, regionOf } from './generate.ts'

/** Everybody who can sign in, and the ids behind the keys of the channel. */
export type Channel = {
  readonly callers: ReadonlyMap<string, Caller>
  readonly ids: ReadonlyMap<string, string>
  readonly service: Caller
}

type Made = { id: string }

const adminOf = (key: string) => [{ email: emailOf(key), name: `Administrator of ${key}`, password }]

const sellerOf = ({ name, model, currency, timeZone }: Seller) => ({ name, commercialModel: model, currency, timeZone })

const ratesOf = (prices: object) => Object.entries(prices).map(([sku, rate]) => ({ sku, rate: rate as object }))

/** Makes the whole channel through the API, each organization by whoever is above it. */
export async function seedChannel(api: Api, platform: Caller, period: string): Promise<Channel> {
  const callers = new Map<string, Caller>([['platform', platform]])
  const platformId = (await platform.get<{ organizationId: string }>('/auth/me')).organizationId
  const ids = new Map([['platform', platformId]])
  const enter = async (key: string, made: Made): Promise<void> => {
    ids.set(key, made.id)
    callers.set(key, await signIn(api, emailOf(key), password))
  }
  const validFrom = `${previousPeriod(period)}-01`
  const bar = progressBar(
    'seeding the channel',
    distributors.length + partners.length + tenants.length + 1,
    'organizations',
  )

  await seedCatalog(platform, validFrom)
  const service = await seedService(api, platform, platformId)
  let made = 1
  const make = async (key: string, above: string, path: string, body: object): Promise<void> => {
    await enter(key, await need(callers, above).post<Made>(path, { ...body, admins: adminOf(key) }))
    bar.at((made += 1))
  }
  await Promise.all(distributors.map((one) => make(one.key, 'platform', '/distributors', sellerOf(one))))
  await Promise.all(partners.map((one) => make(one.key, one.parent ?? 'platform', '/partners', sellerOf(one))))
  const plans = await seedSellers(callers, ids, validFrom)
  const onboard = (tenant: Tenant) =>
    make(tenant.key, tenant.parent, '/tenants', onboarding(tenant, need(plans, planOwnerOf(tenant)), validFrom))
  await Promise.all(tenants.map(onboard))
  for (const rule of commissionRules) {
    const { payer, payee, scope, tiers } = rule
    const body = { payeeId: need(ids, payee), basis: 'net', scope, tiers, validFrom }
    await need(callers, payer).post('/commissions/rules', body)
  }
  bar.end()
  return { callers, ids, service }
}

async function seedCatalog(platform: Caller, validFrom: string): Promise<void> {
  for (const { code, name, unit, aggregation } of skus) {
    await platform.post('/pricing/skus', { code, name, unit, aggregation })
  }
  for (const { code, name, timeZone } of regions) await platform.post('/regions', { code, name, timeZone })
  for (const currency of ['EUR', 'USD']) {
    const list = { currency, scope: 'default', validFrom }
    const suffix = currency.toLowerCase()
    await platform.post('/pricing/price-lists', {
      ...list,
      code: `list-${suffix}`,
      name: `List prices ${currency}`,
      rates: ratesOf(listPrices),
    })
    await platform.post('/pricing/price-lists', {
      ...list,
      kind: 'cost',
      code: `cost-${suffix}`,
      name: `Supplier prices ${currency}`,
      rates: ratesOf(costPrices),
    })
  }
}

/** The account that meters: it may post usage and nothing else that writes. */
async function seedService(api: Api, platform: Caller, organizationId: string): Promise<Caller> {
  const user = { organizationId, email: serviceEmail, name: 'Metering service', password, role: 'PlatformService' }
  await platform.post('/users', user)
  return signIn(api, serviceEmail, password)
}

/** Every seller's own prices and plan. Answers the published plan version by owner. */
async function seedSellers(
  callers: ReadonlyMap<string, Caller>,
  ids: ReadonlyMap<string, string>,
  validFrom: string,
): Promise<Map<string, string>> {
  const plans = new Map([['platform', await publishPlan(need(callers, 'platform'), 'cloud', 'Cloud services')]])
  for (const [key, prices] of Object.entries(resellerPrices)) {
    const seller = [...distributors, ...partners].find((one) => one.key === key)
    const list = { code: 'sale', name: 'Sale prices', currency: seller?.currency, scope: 'default', validFrom }
    await need(callers, key).post('/pricing/price-lists', { ...list, rates: ratesOf(prices) })
    plans.set(key, await publishPlan(need(callers, key), 'cloud', `Cloud by ${seller?.name}`))
  }
  await need(callers, buyerList.seller).post('/pricing/price-lists', {
    code: 'canyon',
    name: 'Prices for Canyon Networks',
    currency: 'USD',
    scope: 'buyer',
    targetId: need(ids, buyerList.buyer),
    validFrom,
    rates: ratesOf(buyerList.prices),
  })
  return plans
}

async function publishPlan(caller: Caller, code: string, name: string): Promise<string> {
  const items = skus.map((sku) => ({ sku: sku.code, kind: 'usage' }))
  const plan = await caller.post<Made & { versions: Made[] }>('/plans', { code, name, items })
  await caller.post(`/plans/${plan.id}/publish`, {})
  const version = plan.versions[0]
  if (!version) throw new Error('invariant broken: a new plan has a version')
  return version.id
}

/** A tenant takes the plan of whoever sells to it. */
function planOwnerOf(tenant: Tenant): string {
  const above = [...distributors, ...partners].find((one) => one.key === tenant.parent)
  if (above?.model === 'reseller') return above.key
  const parent = above && 'parent' in above ? (above.parent as string | null) : null
  const grand = distributors.find((one) => one.key === parent)
  return grand?.model === 'reseller' ? grand.key : 'platform'
}

const onboarding = (tenant: Tenant, planVersionId: string, startDate: string) => ({
  name: tenant.name,
  subscriptions: externalIdsOf(tenant).map((externalId, index) => ({
    name: `${tenant.name} ${index + 1}`,
    planVersionId,
    startDate,
    externalId,
    externalIds: [{ region: regionOf(tenant).code, externalId }],
  })),
})

/** What a key stands for. */
export function need<T>(known: ReadonlyMap<string, T>, key: string): T {
  const found = known.get(key)
  if (found === undefined) throw new Error(`invariant broken: the channel has ${key}`)
  return found
}
