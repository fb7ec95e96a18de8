import { chargeAnchors, chargeIntervals } from '../../billing/anchor.ts'
import { chargeTimings, quantityBases } from '../../billing/charges.ts'
import { prorationUnits } from '../../billing/prorate.ts'
import { statesOf } from '../../billing/states.ts'
import { Instant, Name, object, oneOf, orNull, PageOf, pageQuery, type Static, t, Uuid } from '../../platform/schema.ts'
import { Code, skuReference } from '../pricing/model.ts'

const ItemKind = oneOf(['usage', 'recurring', 'oneTime'], {
  description: 'usage: what is used is billed in arrears; recurring: a charge that comes again; oneTime: once for ever',
})

/** What a charge may say beside its SKU; nothing said of a recurring one: each calendar month in advance, by days. */
const chargeTerms = {
  timing: t.Optional(
    oneOf(chargeTimings, { description: 'billed with the month in which the charge period begins, or ends' }),
  ),
  interval: t.Optional(oneOf(chargeIntervals)),
  anchor: t.Optional(
    oneOf(chargeAnchors, { description: 'charge periods by the calendar, or from the day the subscription started' }),
  ),
  proration: t.Optional(oneOf(prorationUnits, { description: 'a part of a charge period counts its days or seconds' })),
  quantityBasis: t.Optional(
    oneOf(quantityBases, { description: 'charged as often as the quantity of the subscription says, or one' }),
  ),
}

const NewItem = object({ ...skuReference, kind: t.Optional(ItemKind), ...chargeTerms })
export type NewItem = Static<typeof NewItem>

const NewItems = t.Array(NewItem, { maxItems: 5000 })
export type NewItems = Static<typeof NewItems>

export const NewPlan = object({ code: Code, name: Name(), items: NewItems })
export type NewPlan = Static<typeof NewPlan>

export const NewVersion = object({
  items: t.Optional({ ...NewItems, description: "by default the items of the plan's last version" }),
})
export type NewVersion = Static<typeof NewVersion>

export const ItemChange = object({ items: NewItems })
export type ItemChange = Static<typeof ItemChange>

const Item = object({ skuId: Uuid, sku: t.String(), kind: ItemKind, ...chargeTerms })
export type Item = Static<typeof Item>

const Version = object({
  id: Uuid,
  number: t.Integer(),
  state: oneOf(statesOf('planVersion')),
  items: t.Array(Item),
  publishedAt: orNull(Instant),
  createdAt: Instant,
})
export type Version = Static<typeof Version>

export const Plan = object(
  {
    id: Uuid,
    ownerId: Uuid,
    code: t.String(),
    name: t.String(),
    versions: t.Array(Version, { description: 'the newest first' }),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'Plan' },
)
export type Plan = Static<typeof Plan>

export const PlanPage = PageOf(Plan)
export const PlanFilters = object({ code: t.Optional(Code), ownerId: t.Optional(Uuid), ...pageQuery })
export type PlanFilters = Static<typeof PlanFilters>

export const VersionPath = object({
  id: Uuid,
  number: t.String({ pattern: '^[1-9]\\d{0,5}$', description: 'the number of the version', examples: ['1'] }),
})
export type VersionPath = Static<typeof VersionPath>
