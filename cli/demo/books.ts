import { decimal, sum } from '../../src/billing/money.ts'
import { distributors, partners, tenants } from './channel.ts'
import { type Caller, listAll } from './client.ts'
import { sellerKeys } from './month.ts'
import { type Channel, need } from './seed.ts'

type Amounts = { net: string; tax: string; total: string }
type SummaryRow = { currency: string | null; unbilled: Amounts | null; billed: Amounts | null }
type CommissionRow = { payeeId: string; payerId: string; currency: string; earned: string }

/** What one organization bought and sold in one currency, by its own answers. Text in minor units; null is unknown. */
type TierBook = {
  readonly key: string
  readonly level: 'platform' | 'distributor' | 'partner'
  readonly currency: string
  readonly bought: string | null
  readonly sold: string
  readonly margin: string | null
}

export type Books = {
  readonly tiers: readonly TierBook[]
  /** What the tenants paid, by their own sign-ins. */
  readonly tenantTotals: Readonly<Record<string, string>>
  readonly platformCosts: Readonly<Record<string, string | null>>
  readonly commissions: readonly { payee: string; payer: string; currency: string; earned: string }[]
}

const currencies = ['EUR', 'USD'] as const

const add = (amounts: readonly string[]): string => sum(amounts.map((amount) => decimal(amount))).toFixed(2)

const minus = (a: string, b: string): string => decimal(a).minus(decimal(b)).toFixed(2)

async function totalsOf(caller: Caller, period: string, side: 'buy' | 'sell' | 'cost', groupBy: string) {
  const rows = await listAll<SummaryRow>(caller, `/billing/summary?period=${period}&side=${side}&groupBy=${groupBy}`)
  return (currency: string): string | null => {
    const own = rows.filter((row) => row.currency === currency)
    if (own.length === 0) return null
    const amounts = own.map((row) => (side === 'cost' ? row.unbilled : row.billed)?.net)
    // One unknown figure makes the total unknown.
    return amounts.every((amount) => amount !== undefined) ? add(amounts) : null
  }
}

/** Puts the month together from each tier's own answers, each with its own sign-in. */
export async function readBooks(channel: Channel, period: string): Promise<Books> {
  const tiers: TierBook[] = []
  const platformCosts: Record<string, string | null> = {}
  for (const key of sellerKeys) {
    const caller = need(channel.callers, key)
    const isPlatform = key === 'platform'
    const sold = await totalsOf(caller, period, 'sell', 'tenant')
    const bought = await totalsOf(caller, period, isPlatform ? 'cost' : 'buy', 'tenant')
    for (const currency of currencies) {
      const income = sold(currency)
      if (income === null) continue
      const spent = bought(currency)
      if (isPlatform) platformCosts[currency] = spent
      const margin = spent === null ? null : minus(income, spent)
      tiers.push({ key, level: levelOf(key), currency, bought: spent, sold: income, margin })
    }
  }
  return {
    tiers,
    platformCosts,
    tenantTotals: await readTenantTotals(channel, period),
    commissions: await readCommissions(channel, period),
  }
}

const levelOf = (key: string): TierBook['level'] =>
  key === 'platform' ? 'platform' : distributors.some((one) => one.key === key) ? 'distributor' : 'partner'

async function readTenantTotals(channel: Channel, period: string): Promise<Record<string, string>> {
  const paid: Record<string, string[]> = {}
  for (const tenant of tenants) {
    const totals = await totalsOf(need(channel.callers, tenant.key), period, 'buy', 'tenant')
    for (const currency of currencies) {
      const total = totals(currency)
      if (total !== null) (paid[currency] ??= []).push(total)
    }
  }
  return Object.fromEntries(Object.entries(paid).map(([currency, amounts]) => [currency, add(amounts)]))
}

/** What the agents see of what they earned. */
async function readCommissions(channel: Channel, period: string): Promise<Books['commissions']> {
  const keyOf = new Map([...channel.ids].map(([key, id]) => [id, key]))
  const agents = [...distributors, ...partners].filter((one) => one.model === 'agent')
  const found: { payee: string; payer: string; currency: string; earned: string }[] = []
  for (const { key } of agents) {
    const agent = need(channel.callers, key)
    const { data } = await agent.get<{ data: CommissionRow[] }>(`/commissions/summary?period=${period}`)
    for (const row of data) {
      found.push({ payee: key, payer: keyOf.get(row.payerId) ?? '?', currency: row.currency, earned: row.earned })
    }
  }
  return found
}
