import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { testCommissions } from '../support/commissions.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testPaper } from '../support/paper.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api)
const paper = await testPaper(sql)
const commissions = await testCommissions(database, sql, api, world)
const { platform, partner, tenant, distributors } = world

test.each([['-/agent', 'line'], ['agent/agent', 'period']])('perf %s %s', async (shape, scope) => {
  const period = scope === 'line' ? '2021-01' : '2022-01'
  await commissions.rule(period, { payer: platform, payee: partner(shape), body: { scope, tiers: [{ to: '1000', percent: '5' }, { to: null, percent: '8' }] } })
  if (shape !== '-/agent') await commissions.rule(period, { payer: platform, payee: distributors.agent, body: { scope } })
  const first = await paper.issue(platform, tenant(shape), period, ['1.00'])
  await sql.begin(async (tx) => {
    await tx`insert into billing_run (id, seller_id, period, job_id, state) select gen_random_uuid(), seller_id, period, job_id, 'done' from billing_run, generate_series(1, 20000) where id = (select run_id from invoice where id = ${first})`
    await tx`insert into invoice (id, seller_id, buyer_id, edge_id, run_id, period, currency, currency_digits, lines, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
      select gen_random_uuid(), i.seller_id, buyer_id, edge_id, r.id, i.period, currency, currency_digits, 10, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
      from invoice i, billing_run r where i.id = ${first} and r.period = ${period} and r.id <> i.run_id`
    await tx`insert into invoice_line (invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id, service_start, service_end, quantity, unrounded, net, price_rate_id, seller_id, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id) select i.id, n, l.kind, gen_random_uuid(), l.tenant_id, l.sku_id, l.service_period, l.region_id, l.service_start, l.service_end, 1, 0, round((random()*500)::numeric, 2), l.price_rate_id, l.seller_id, l.see_platform_id, l.see_distributor_id, l.see_partner_id, l.see_tenant_id
      from invoice i cross join generate_series(1,10) n cross join (select kind, tenant_id, sku_id, service_period, region_id, service_start, service_end, tax_category, price_rate_id, seller_id, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id from invoice_line where invoice_id = ${first}) l where i.state = 'draft'`.catch((e) => { console.log(e.message); throw e })
    await tx`update invoice set state='issued', number = 'X' || n.rn, number_year = ${Number(period.slice(0, 4))}, number_sequence = n.rn + 1, issue_date=current_date, due_date=current_date, parties='{}', body_hash='\\x01', hash='\\x01', issued_at=now()
      from (select id, row_number() over (order by id) rn from invoice where state='draft') n where n.id = invoice.id`
  })
  await commissions.run(platform, '2030-01')
  for (const what of ['first', 'second']) {
    const t = performance.now()
    const cpu = process.cpuUsage()
    const pids = (await sql`select pid from pg_stat_activity where datname = current_database()`).map((r) => r.pid)
    const pg = () => pids.reduce((t, pid) => { try { const f = require('fs').readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '); return t + Number(f[11]) + Number(f[12]) } catch { return t } }, 0) * 10
    const pg0 = pg()
    const result = await commissions.run(platform, period)
    const used = process.cpuUsage(cpu)
    console.log(what, Math.round(performance.now() - t), 'ms; pg cpu', pg() - pg0, 'own cpu', Math.round((used.user + used.system) / 1000), JSON.stringify(result), Math.round(process.memoryUsage().rss / 1e6), 'MB')
  }
  for (const token of [await world.token(platform), await world.token(partner(shape))]) {
    const t = performance.now()
    const answer = await api.call('GET', `/api/v1/commissions/summary?period=${period}`, { token })
    console.log('summary', Math.round(performance.now() - t), JSON.stringify(answer.body))
  }
  await sql`create table kept as select * from earning where false`
  await sql`delete from posting where document_type = 'earning'`
  await sql`delete from earning`
  for (const token of [await world.token(platform), await world.token(partner(shape))]) {
    const t = performance.now()
    const answer = await api.call('GET', `/api/v1/commissions/summary?period=${period}`, { token })
    console.log('estimate', Math.round(performance.now() - t), JSON.stringify(answer.body))
  }
  await sql`drop table kept`
  expect(1).toBe(1)
}, 600_000)
