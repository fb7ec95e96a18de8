import { Instant, object, orNull, type Static, t } from '../../../platform/schema.ts'

const fields = {
  selfProvisioning: t.Boolean({
    description: "the tenant's administrators order, change, suspend and cancel subscriptions themselves",
  }),
  userBilling: t.Boolean({ description: "the tenant's users read its bills, as its administrators do" }),
}

export const NewTenantSwitches = object(fields)
export type NewTenantSwitches = Static<typeof NewTenantSwitches>

export const TenantSwitches = object({ ...fields, updatedAt: orNull(Instant) }, { $id: 'TenantSwitches' })
export type TenantSwitches = Static<typeof TenantSwitches>
