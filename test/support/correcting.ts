import type postgres from 'postgres'
import type { billingWorld } from './billing.ts'
import type { Member } from './world.ts'

type Money = Awaited<ReturnType<typeof billingWorld>>
type Subject = { readonly platform: Member; readonly subscriptionId: string; readonly tenantId: string }

/** What tests about corrections of January 2025 do through the API, and how they read what came of it. */
export function correctingWorld(money: Money, sql: postgres.Sql, { platform, subscriptionId, tenantId }: Subject) {
  const post = (member: Member, body: object) => money.as(member, 'POST', '/billing/corrections', { body })
  const apply = (member: Member, id: string) => money.as(member, 'POST', `/billing/corrections/${id}/apply`)
  const counted = (quantity: string, sku = 'hour') => ({ subscriptionId, sku, day: '2025-01-10', quantity })
  const wrong = (...quantities: object[]) => ({ tenantId, period: '2025-01', reason: 'counted twice', quantities })
  /** What each edge gives back and charges besides. */
  const onEdges = ({ edges }: any): string[] =>
    edges
      .map(
        (edge: any) =>
          `${edge.sellerId === platform.id ? 'platform' : 'reseller'}: -${edge.creditNotes.map((note: any) => note.net).join('-') || '0'} +${edge.invoice?.net ?? '0'}`,
      )
      .toSorted()
  const documents = async () =>
    [...(await sql`select type, count(*)::int as count from invoice group by 1 order by 1`)].map((row) => ({ ...row }))
  const earnings = async () =>
    (await sql`select kind, amount::text from earning order by created_at, id`).map(
      ({ kind, amount }) => `${kind} ${amount}`,
    )
  return { post, apply, counted, wrong, onEdges, documents, earnings }
}
