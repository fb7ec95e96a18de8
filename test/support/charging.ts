import type { billingWorld } from './billing.ts'
import { perUnit } from './catalog.ts'
import type { Member } from './world.ts'

type Money = Awaited<ReturnType<typeof billingWorld>>

/** What tests about charges do through the API. */
export function chargingWorld(money: Money, platform: Member) {
  const ask = async (member: Member, path: string, body: object): Promise<any> => {
    const answer = await money.as(member, 'POST', path, { body })
    if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  /** A published plan of the platform with these items; answers its version. */
  const plan = async (...items: object[]): Promise<string> => {
    const { id } = await ask(platform, '/plans', { code: `plan-${Bun.randomUUIDv7()}`, name: 'Plan', items })
    return (await ask(platform, `/plans/${id}/publish`, {})).versions[0].id
  }
  const prices = (seller: Member, rates: Record<string, string>, change: object = {}) =>
    money.list(
      seller,
      {},
      {
        validFrom: '2024-01-01',
        rates: Object.entries(rates).map(([sku, price]) => ({ sku, rate: perUnit(price) })),
        ...change,
      },
    )
  const order = async (tenant: Member, planVersionId: string, startDate: string, change: object = {}) =>
    (await ask(platform, '/subscriptions', { tenantId: tenant.id, name: 'Seats', planVersionId, startDate, ...change }))
      .id as string
  const act = (id: string, verb: string, body: object = {}) => ask(platform, `/subscriptions/${id}/${verb}`, body)
  /** Closes and bills a month for these sellers. */
  const bill = async (period: string, sellers: readonly Member[] = [platform]): Promise<void> => {
    await money.close(period)
    for (const seller of sellers) await money.run(seller, period)
  }
  /** The lines of a subscription on the seller's invoices of a month, as a test reads them. */
  const billed = async (seller: Member, period: string, subscriptionId: string): Promise<string[]> => {
    const invoices = (await money.invoices(seller, `period=${period}&limit=200`)).filter(
      ({ sellerId, state }) => sellerId === seller.id && state === 'issued',
    )
    const lines = (await Promise.all(invoices.map(({ id }) => money.lines(seller, id)))).flat()
    return lines
      .filter((line) => line.subscriptionId === subscriptionId)
      .map((line) => `${line.kind} ${line.serviceStart} ${line.serviceEnd} x${line.quantity} ${line.net}`)
  }
  return { ask, plan, prices, order, act, bill, billed }
}
