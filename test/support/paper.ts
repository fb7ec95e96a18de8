import type postgres from 'postgres'
import { newId, nilId } from '../../src/platform/ids.ts'
import type { Member } from './world.ts'

/** A line of a test document: its net, with the service days and the SKU it is for, or the line that it is a discount on or a minimum of. */
export type PaperLine =
  | string
  | {
      readonly net: string
      readonly from?: string
      readonly to?: string
      readonly skuId?: string
      readonly discountOn?: number
      readonly minimumOf?: number
    }

type Edge = {
  id: string
  seller_id: string
  buyer_id: string
  currency: string
  currency_digits: number
  see_platform_id: string | null
  see_distributor_id: string | null
  see_partner_id: string | null
  see_tenant_id: string | null
}

const monthAfter = (period: string): string =>
  Temporal.PlainYearMonth.from(period).add({ months: 1 }).toPlainDate({ day: 1 }).toString()

/**
 * Puts amounts on the edges of the test world, straight into the tables, where a test is about what comes after billing:
 * issued documents and rated buckets with exactly the nets that a case names.
 */
export function testPaper(sql: postgres.Sql) {
  const rates = new Map<string, Promise<{ rateId: string; skuId: string }>>()
  const edgeOf = async (seller: Member, buyer: Member): Promise<Edge> => {
    const [edge] = await sql<Edge[]>`
      select * from edge where kind = 'sale' and seller_id = ${seller.id} and buyer_id = ${buyer.id}`
    if (!edge) throw new Error(`${seller.name} does not sell to ${buyer.name}`)
    return edge
  }
  const rateOf = (edge: Edge) => {
    const key = `${edge.seller_id} ${edge.currency}`
    const known = rates.get(key) ?? makeRate(sql, edge)
    rates.set(key, known)
    return known
  }
  return {
    /** Issues a document of the seller to the buyer with these lines; whole-month service where no days are given. */
    issue: async (seller: Member, buyer: Member, period: string, lines: readonly PaperLine[]): Promise<string> => {
      const edge = await edgeOf(seller, buyer)
      return issueOn(sql, edge, await rateOf(edge), period, lines)
    },
    /** Rates a bucket that is not billed; without an amount it is parked. */
    rate: async (seller: Member, buyer: Member, period: string, unrounded: string | null): Promise<void> => {
      const edge = await edgeOf(seller, buyer)
      await rateOn(sql, edge, await rateOf(edge), period, unrounded)
    },
  }
}

async function makeRate(sql: postgres.Sql, edge: Edge): Promise<{ rateId: string; skuId: string }> {
  const [listId, rateId, skuId] = [newId(), newId(), newId()]
  await sql`insert into sku (id, code, name, unit) values (${skuId}, ${`sku-${skuId}`}, 'Hours', 'hour')`
  await sql`
    insert into price_list (id, seller_id, code, name, currency, scope, target_id, valid)
    values (${listId}, ${edge.seller_id}, ${`list-${listId}`}, 'List', ${edge.currency}, 'default', ${nilId}, '[2000-01-01,)')`
  await sql`
    insert into price_rate (id, price_list_id, seller_id, kind, scope, target_id, currency, sku_id, valid, is_active, rate)
    values (${rateId}, ${listId}, ${edge.seller_id}, 'sale', 'default', ${nilId}, ${edge.currency}, ${skuId}, '[2000-01-01,)', true,
            ${sql.json({ kind: 'per_unit', unitPrice: '1' })})`
  return { rateId, skuId }
}

async function issueOn(
  sql: postgres.Sql,
  edge: Edge,
  rate: { rateId: string; skuId: string },
  period: string,
  lines: readonly PaperLine[],
): Promise<string> {
  const invoiceId = newId()
  const days = {
    from: `${period}-01`,
    to: monthAfter(period),
    skuId: rate.skuId,
    discountOn: undefined,
    minimumOf: undefined,
  }
  const spelled = lines.map((line) => (typeof line === 'string' ? { ...days, net: line } : { ...days, ...line }))
  const subscriptionIds = spelled.map(() => newId())
  await sql.begin(async (tx) => {
    const runId = await insertRun(tx, edge, period)
    const year = Number(period.slice(0, 4))
    const [series] = await tx<{ last: number }[]>`
      insert into number_series (seller_id, document_type, year, last) values (${edge.seller_id}, 'invoice', ${year}, 1)
      on conflict (seller_id, document_type, year) do update set last = number_series.last + 1 returning last`
    const sequence = series!.last
    await tx`
      insert into invoice (id, seller_id, buyer_id, edge_id, run_id, period, currency, currency_digits, lines,
                           see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
      values (${invoiceId}, ${edge.seller_id}, ${edge.buyer_id}, ${edge.id}, ${runId}, ${period}, ${edge.currency},
              ${edge.currency_digits}, ${lines.length}, ${edge.see_platform_id}, ${edge.see_distributor_id},
              ${edge.see_partner_id}, ${edge.see_tenant_id})`
    await tx`
      insert into invoice_line (invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id,
                                service_start, service_end, quantity, unrounded, net, amends_line, price_rate_id, seller_id,
                                see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
      select ${invoiceId}, number, kind, subscription_id, ${edge.see_tenant_id ?? newId()}, sku_id, ${period}, ${nilId}, service_start, service_end,
             case kind when 'minimum' then 0 else 1 end, net, net, discount_on,
             case when discount_on is null then ${rate.rateId}::uuid end, ${edge.seller_id}, ${edge.see_platform_id},
             ${edge.see_distributor_id}, ${edge.see_partner_id}, ${edge.see_tenant_id}
      from unnest(${spelled.map(({ net }) => net)}::numeric[], ${spelled.map(({ from }) => from)}::date[],
                  ${spelled.map(({ to }) => to)}::date[], ${spelled.map(({ skuId }) => skuId)}::uuid[],
                  ${spelled.map(({ discountOn }) => discountOn ?? null)}::int[],
                  ${spelled.map(kindOf)}::text[],
                  ${spelled.map(({ minimumOf }, index) => subscriptionIds[(minimumOf ?? index + 1) - 1]!)}::uuid[])
        with ordinality as made (net, service_start, service_end, sku_id, discount_on, kind, subscription_id, number)`
    await tx`
      update invoice
      set state = 'issued', number = ${`INV-${year}-${sequence}`}, number_year = ${year}, number_sequence = ${sequence},
          issue_date = current_date, due_date = current_date + 30, parties = '{}', body_hash = sha256('body'), hash = sha256('paper'),
          issued_at = clock_timestamp(), net = made.net, total = made.net
      from (select sum(net) as net from invoice_line where invoice_id = ${invoiceId}) as made
      where id = ${invoiceId}`
  })
  return invoiceId
}

const kindOf = ({
  discountOn,
  minimumOf,
}: {
  discountOn?: number | undefined
  minimumOf?: number | undefined
}): string => {
  if (discountOn !== undefined) return 'discount'
  return minimumOf === undefined ? 'usage' : 'minimum'
}

async function insertRun(tx: postgres.TransactionSql, edge: Edge, period: string): Promise<string> {
  const [runId, jobId] = [newId(), newId()]
  await tx`
    insert into job (id, kind, schema_version, queue, org_id, distributor_id, partner_id, tenant_id, dedupe_key, payload, state, finished_at)
    select ${jobId}, 'test.paper', 1, 'billing', id, distributor_id, partner_id, tenant_id, ${jobId}, '{}', 'done', clock_timestamp()
    from organization where id = ${edge.seller_id}`
  await tx`
    insert into billing_run (id, seller_id, period, job_id, state)
    values (${runId}, ${edge.seller_id}, ${period}, ${jobId}, 'done')`
  return runId
}

const rateOn = (
  sql: postgres.Sql,
  edge: Edge,
  rate: { rateId: string; skuId: string },
  period: string,
  unrounded: string | null,
) => sql`
  insert into rated_bucket (seller_id, period, edge_id, tenant_id, subscription_id, sku_id, service_period, region_id,
                            service_start, service_end, chain_id, buyer_id, partner_id, distributor_id, plan_version_id, quantity,
                            currency, currency_digits, price_rate_id, unrounded, state, parked_for,
                            see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  values (${edge.seller_id}, ${period}, ${edge.id}, ${edge.see_tenant_id ?? newId()}, ${newId()}, ${rate.skuId}, ${period}, ${nilId},
          ${`${period}-01`}, ${monthAfter(period)}, ${newId()}, ${edge.buyer_id}, ${nilId}, ${nilId}, ${newId()}, 1,
          ${edge.currency}, ${edge.currency_digits}, ${unrounded === null ? null : rate.rateId}, ${unrounded},
          ${unrounded === null ? 'parked' : 'fresh'}, ${unrounded === null ? 'price.missing' : null},
          ${edge.see_platform_id}, ${edge.see_distributor_id}, ${edge.see_partner_id}, ${edge.see_tenant_id})`
