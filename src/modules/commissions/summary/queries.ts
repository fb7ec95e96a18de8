import type { StraightPiece } from '../../../billing/commission-pieces.ts'
import { inBranch } from '../../../platform/branch.ts'
import type { Actor } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import type { EdgeAgents } from '../runs/book.ts'

/** On which side the caller of a summary stands. A seller pays, an agent earns; nobody is both. */
export type Side = 'payer' | 'payee'

/** The edges of the caller's side, by its own column: the same rows that row level security leaves. */
const isOwnEdge = (tx: Tx, actor: Actor, side: Side) =>
  side === 'payer'
    ? tx`edge.seller_id = ${actor.organizationId}`
    : tx`${tx(`edge.see_${actor.level}_id`)} = ${actor.organizationId} and ${tx(`edge.agent_${actor.level}_id`)} = ${actor.organizationId}`

type EdgeSeats = EdgeAgents & { payerId: string; currency: string }

/** Who earns from whom on the caller's edges, each combination once. */
export const listEdgeSeats = (tx: Tx, actor: Actor, side: Side) =>
  tx<EdgeSeats[]>`
    select distinct edge.seller_id as "payerId", edge.currency, edge.agent_distributor_id as "agentDistributorId",
           edge.agent_partner_id as "agentPartnerId"
    from edge
    where edge.kind = 'sale' and (edge.agent_distributor_id is not null or edge.agent_partner_id is not null)
      and ${isOwnEdge(tx, actor, side)}`

/** Days on which one seat earns by one rule, or by none. */
export type SeatDays = {
  readonly payerId: string
  readonly payeeId: string
  readonly distributorId: string | null
  readonly currency: string
  readonly from: string
  readonly to: string
  readonly ruleId: string | null
  /** The SKUs that the rule is for; null: all. */
  readonly skuIds: readonly string[] | null
  /** The plans that the rule is for; null: all. */
  readonly planIds: readonly string[] | null
}

/** A straight piece of a rule's F. */
type RulePiece = StraightPiece & { readonly ruleId: string }

/** What is not earned yet of one seat by one rule: as one base, and as the sum of each line's own earning. */
export type PendingRow = {
  payerId: string
  payeeId: string
  currency: string
  ruleId: string | null
  lines: number
  parked: number
  /** Null where no line has an amount. */
  base: string | null
  /** Null without a rule. */
  perLine: string | null
  asOf: string | null
}

/**
 * Makes the next statement be planned for many lines: nobody knows beforehand how many a period has, and a plan for few
 * looks every rule up for every line.
 */
export const planForMany = (tx: Tx) => tx`
  select set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('work_mem', '64MB', true)`

/**
 * Adds up what the lines of a period that have no earning yet will earn: buckets that are not billed, and issued lines. A
 * line that spans a change of rule is split by days to the nearest minor unit, which for an estimate is near enough. F is
 * computed by its straight pieces, with percent as hundredths so that every product is exact.
 */
export const listPending = (
  tx: Tx,
  actor: Actor,
  side: Side,
  period: string,
  days: readonly SeatDays[],
  pieces: readonly RulePiece[],
) => tx<PendingRow[]>`
  with ${givenRules(tx, days, pieces)},
  ${linesToCome(tx, actor, side, period)},
  earned as materialized (
    select invoice_id, line, payee_id, sum(service_end - service_start) as days from earning
    where period = ${period} and share_of is null and kind = 'earned' and ${isOwnEarning(tx, actor, side)}
    group by invoice_id, line, payee_id
  ), held as materialized (
    select line.*, agent.payee_id, agent.distributor_id, earned.days as earned_days
    from line
    cross join lateral (values
      (line.agent_distributor_id, ${nilId}::uuid),
      (line.agent_partner_id, coalesce(line.agent_distributor_id, ${nilId}::uuid))) as agent (payee_id, distributor_id)
    left join earned on earned.invoice_id = line.invoice_id and earned.line = line.line and earned.payee_id = agent.payee_id
    where ${side === 'payer' ? tx`agent.payee_id is not null` : tx`agent.payee_id = ${actor.organizationId}`}
      and coalesce(earned.days, 0) < line.service_end - line.service_start
  ), part as materialized (
    select held.seller_id, held.payee_id, held.currency, held.digits,
           case when (seat.sku_ids is null or held.sku_id = any (seat.sku_ids::uuid[])) and (seat.plan_ids is null or exists (
             select from plan_version where plan_id = any (seat.plan_ids::uuid[]) and plan_version.id = coalesce(held.plan_version_id, (
               select plan_version_id from subscription where subscription.id = held.subscription_id))))
             then seat.rule_id end as rule_id, held.net is null as is_parked, held.rated_at,
           case when seat.valid_from <= held.service_start and seat.valid_to >= held.service_end then held.net
             else round(held.net * (least(seat.valid_to, held.service_end) - greatest(seat.valid_from, held.service_start))
                        / (held.service_end - held.service_start), held.digits) end as base
    from held
    join seat on seat.payer_id = held.seller_id and seat.payee_id = held.payee_id and seat.distributor_id = held.distributor_id
      and seat.currency = held.currency and seat.valid_from < held.service_end and seat.valid_to > held.service_start
    where held.earned_days is null or not exists (
      select from earning
      where earning.invoice_id = held.invoice_id and earning.line = held.line and earning.payee_id = held.payee_id
        and earning.service_start < least(seat.valid_to, held.service_end)
        and earning.service_end > greatest(seat.valid_from, held.service_start))
  )
  select seller_id as "payerId", payee_id as "payeeId", currency, part.rule_id as "ruleId", count(*)::int as lines,
         (count(*) filter (where is_parked))::int as parked, sum(base)::text as base,
         sum(round(sign(base) * (constant + percent * 0.01 * (abs(base) - origin)), digits))::text as "perLine",
         max(rated_at) as "asOf"
  from part
  left join piece on piece.rule_id = part.rule_id and abs(base) >= bound_from and (bound_to is null or abs(base) < bound_to)
  group by seller_id, payee_id, currency, part.rule_id`

/** The rules as the caller's module read them, as relations. */
const givenRules = (tx: Tx, days: readonly SeatDays[], pieces: readonly RulePiece[]) => tx`
  seat as materialized (
    select * from unnest(
      ${days.map((day) => day.payerId)}::uuid[], ${days.map((day) => day.payeeId)}::uuid[],
      ${days.map((day) => day.distributorId ?? nilId)}::uuid[], ${days.map((day) => day.currency)}::text[],
      ${days.map((day) => day.from)}::date[], ${days.map((day) => day.to)}::date[], ${days.map((day) => day.ruleId)}::uuid[],
      ${days.map(({ skuIds }) => skuIds && `{${skuIds.join(',')}}`)}::text[],
      ${days.map(({ planIds }) => planIds && `{${planIds.join(',')}}`)}::text[])
      as seat (payer_id, payee_id, distributor_id, currency, valid_from, valid_to, rule_id, sku_ids, plan_ids)
  ), piece as materialized (
    select * from unnest(
      ${pieces.map((piece) => piece.ruleId)}::uuid[], ${pieces.map((piece) => piece.from)}::numeric[],
      ${pieces.map((piece) => piece.to)}::numeric[], ${pieces.map((piece) => piece.origin)}::numeric[],
      ${pieces.map((piece) => piece.constant)}::numeric[], ${pieces.map((piece) => piece.percent)}::numeric[])
      as piece (rule_id, bound_from, bound_to, origin, constant, percent)
  )`

/**
 * What a period holds on the caller's edges with agents: buckets that are not billed, less what their drafts will take off, and the
 * lines of issued documents.
 */
const linesToCome = (tx: Tx, actor: Actor, side: Side, period: string) => tx`
  own_edge as materialized (
    select edge.id, edge.seller_id, edge.agent_distributor_id, edge.agent_partner_id from edge
    where edge.kind = 'sale' and (edge.agent_distributor_id is not null or edge.agent_partner_id is not null)
      and ${isOwnEdge(tx, actor, side)}
  ), off as materialized (
    select edge_id, subscription_id, sku_id, service_period, region_id, service_start, bucket_kind, sum(net) as net
    from estimate_line ahead
    where ahead.period = ${period} and ahead.is_reduction and ${isOwnRow(tx, actor, side, 'ahead')}
    group by edge_id, subscription_id, sku_id, service_period, region_id, service_start, bucket_kind
  ), line as (
    select own_edge.*, bucket.currency, bucket.currency_digits::int as digits, bucket.service_start, bucket.service_end,
           round(bucket.unrounded, bucket.currency_digits) + coalesce(off.net, 0) as net, bucket.rated_at, null::uuid as invoice_id, null::int as line,
           bucket.sku_id, bucket.subscription_id, bucket.plan_version_id
    from rated_bucket bucket join own_edge on own_edge.id = bucket.edge_id
    left join off on off.edge_id = bucket.edge_id and off.subscription_id = bucket.subscription_id and off.sku_id = bucket.sku_id
      and off.service_period = bucket.service_period and off.region_id = bucket.region_id
      and off.service_start = bucket.service_start and off.bucket_kind = bucket.kind
    where bucket.period = ${period} and bucket.state in ('fresh', 'parked', 'drafted') and ${isOwnRow(tx, actor, side, 'bucket')}
    union all
    select own_edge.*, invoice.currency, invoice.currency_digits::int, issued.service_start, issued.service_end, issued.base,
           null, invoice.id, issued.line, issued.sku_id, issued.subscription_id, null
    from invoice join own_edge on own_edge.id = invoice.edge_id
    cross join lateral (
      select line, kind, service_start, service_end, sku_id, subscription_id,
             sum(net) over (partition by case kind when 'discount' then amends_line else line end) as base
      from invoice_line where invoice_line.invoice_id = invoice.id offset 0
    ) as issued
    where issued.kind <> 'discount' and invoice.period = ${period} and invoice.type = 'invoice' and invoice.state = 'issued'
      and ${isOwnRow(tx, actor, side, 'invoice')}
  )`

/** The rows of the caller's edges by its own column. */
const isOwnRow = (tx: Tx, actor: Actor, side: Side, relation: string) =>
  side === 'payer'
    ? tx`${tx(`${relation}.seller_id`)} = ${actor.organizationId}`
    : tx`${tx(`${relation}.see_${actor.level}_id`)} = ${actor.organizationId}`

/** The caller's earnings on its side, by the column that its level reads them by as well. */
const isOwnEarning = (tx: Tx, actor: Actor, side: Side) => tx`
  ${side === 'payer' ? tx`payer_id` : tx`payee_id`} = ${actor.organizationId}
  and ${tx(`see_${actor.level}_id`)} = ${actor.organizationId}`

/** What is earned, by kind and by how far it is settled. Amounts are text. */
export type EarnedRow = {
  payerId: string
  payeeId: string
  currency: string
  lines: number
  earned: string
  reversed: string
  approved: string
  paid: string
}

/** A line that moved on is settled with the statement where it is now. */
export const listEarned = (tx: Tx, actor: Actor, side: Side, period: string) =>
  tx<EarnedRow[]>`
    with moved as materialized (
      select earning_id, to_id from statement_move
      where not exists (
        select from statement_move later
        where later.earning_id = statement_move.earning_id and later.from_id = statement_move.to_id)
    ), mine as (
      select * from earning where period = ${period} and ${isOwnEarning(tx, actor, side)}
    )
    select mine.payer_id as "payerId", mine.payee_id as "payeeId", mine.currency, count(*)::int as lines,
           coalesce(sum(amount) filter (where kind = 'earned'), 0)::text as earned,
           coalesce(sum(amount) filter (where kind <> 'earned'), 0)::text as reversed,
           coalesce(sum(amount) filter (where statement.state in ('approved', 'paid')), 0)::text as approved,
           coalesce(sum(amount) filter (where statement.state = 'paid'), 0)::text as paid
    from mine
    left join moved on moved.earning_id = mine.id
    join statement on statement.id = coalesce(moved.to_id, mine.statement_id)
    group by mine.payer_id, mine.payee_id, mine.currency`

/** The names that the caller's branch shows. */
export const listNames = (tx: Tx, actor: Actor, ids: readonly string[]) =>
  tx<{ id: string; name: string }[]>`
    select organization.id, organization.name from organization
    where organization.id = any (${[...ids]}::uuid[]) and ${inBranch(tx, actor, 'organization')}`
