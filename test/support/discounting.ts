import type { billingWorld } from './billing.ts'
import type { Member } from './world.ts'

type Money = Awaited<ReturnType<typeof billingWorld>>

/** What tests do with discounts that a seller gives one buyer. */
export function discountingWorld(money: Money, seller: Member) {
  const give = async (buyerId: string, change: object): Promise<string> => {
    const whole = { buyerId, name: 'Welcome', scope: 'buyer', kind: 'percent', value: '10', validFrom: '2024-01-01' }
    const { status, body } = await money.as(seller, 'POST', '/billing/discounts', { body: { ...whole, ...change } })
    if (status !== 201) throw new Error(`a discount was refused: ${JSON.stringify(body)}`)
    return body.id
  }
  /** What was used of a discount, in how many months, and what is left of its limit. */
  const usedOf = async (id: string): Promise<unknown[]> => {
    const { used, usedPeriods, remaining } = await money.read(seller, `/billing/discounts/${id}`)
    return [used, usedPeriods, remaining]
  }
  /** The buyer's document of a month and its lines, a reduction beside the line that it is on. */
  const documentOf = async (buyerId: string, period: string) => {
    const [invoice] = await money.invoices(seller, `buyerId=${buyerId}&period=${period}`)
    const lines = await money.lines(seller, invoice.id)
    const reductions = lines.filter(({ kind }) => kind === 'discount')
    const said = lines
      .filter(({ kind }) => kind !== 'discount')
      .map(({ line, kind, sku, net }) => {
        const off = reductions.filter(({ amendsLine }) => amendsLine === line).map((one) => one.net)
        return [kind, sku, net, ...off].join(' ')
      })
    return { id: invoice.id as string, net: invoice.net as string, lines: said.toSorted() }
  }
  return { give, usedOf, documentOf }
}
