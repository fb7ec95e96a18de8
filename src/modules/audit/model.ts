import { type Static, Instant, object, orNull, PageOf, pageQuery, t, Uuid, Text } from '../../platform/schema.ts'

/** One change: by whom (account and the organization it acted for), what, to what. */
export const AuditRecord = object(
  {
    id: Uuid,
    at: Instant,
    organizationId: Uuid,
    accountId: orNull(Uuid),
    action: t.String(),
    objectType: t.String(),
    objectId: orNull(Uuid),
    details: t.Record(t.String(), t.Union([t.String(), t.Number(), t.Boolean(), t.Null()])),
    requestId: orNull(t.String()),
  },
  { $id: 'AuditRecord' },
)
export type AuditRecord = Static<typeof AuditRecord>

export const AuditPage = PageOf(AuditRecord)

export const AuditFilters = object({
  organizationId: t.Optional({ ...Uuid, description: 'who acted' }),
  objectId: t.Optional(Uuid),
  action: t.Optional(Text(100, { examples: ['organization.created'] })),
  ...pageQuery,
})
export type AuditFilters = Static<typeof AuditFilters>
