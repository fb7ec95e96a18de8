import { statesOf } from '../../billing/states.ts'
import { levels } from '../../platform/context.ts'
import {
  type Static,
  CurrencyCode,
  Instant,
  Name,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  t,
  Uuid,
  Text,
} from '../../platform/schema.ts'
import { NewSubscription, Subscription } from '../subscriptions/model.ts'
import { Email, NewPerson } from '../users/model.ts'

const commercialModels = ['agent', 'reseller'] as const

/** Whom to write or call. */
const Contact = object({ name: Name(), email: Email, phone: t.Optional(Name(50)) })
export type Contact = Static<typeof Contact>

const TimeZone = Text(64, { description: 'IANA name', examples: ['Europe/Berlin'] })

const CommercialModel = oneOf(commercialModels, {
  description: 'an agent earns commission (default), a reseller buys from above and sells below',
})

const fields = {
  id: Uuid,
  name: t.String(),
  level: oneOf(levels),
  parentId: orNull(Uuid),
  externalId: orNull(t.String()),
  commercialModel: orNull(CommercialModel),
  confidential: t.Boolean({ description: 'the platform does not see what this reseller sells' }),
  currency: CurrencyCode,
  timeZone: t.String(),
  contact: orNull(Contact),
  state: oneOf(statesOf('organization')),
  createdAt: Instant,
  updatedAt: Instant,
}

export const Organization = object(fields, { $id: 'Organization' })
export type Organization = Static<typeof Organization>

export const OrganizationPage = PageOf(Organization)

const newFields = {
  name: Name(),
  externalId: t.Optional({ ...Name(), description: "the parent's name for it, unique per parent" }),
  currency: t.Optional({
    ...CurrencyCode,
    description:
      "default: the seller of record's. A reseller sells in it; who sells directly to the new organization also bills it in this currency",
  }),
  timeZone: t.Optional(TimeZone),
  contact: t.Optional(Contact),
  admins: t.Optional(t.Array(NewPerson, { maxItems: 20, description: 'its first administrators' })),
}

const parentId = t.Optional({ ...Uuid, description: 'an organization of your branch; by default your own' })
const commercialModel = t.Optional(CommercialModel)
const confidential = t.Optional(
  t.Boolean({ description: 'of a reseller, by the platform: it will not see what the reseller sells' }),
)

export const NewDistributor = object({ ...newFields, commercialModel, confidential })
export type NewDistributor = Static<typeof NewDistributor>

export const NewPartner = object({ ...newFields, parentId, commercialModel, confidential })
export type NewPartner = Static<typeof NewPartner>

export const NewTenant = object({
  ...newFields,
  parentId,
  subscriptions: t.Optional(t.Array(NewSubscription, { maxItems: 100 })),
})
export type NewTenant = Static<typeof NewTenant>

const adminIds = t.Array(Uuid, { description: 'the new administrators, in the order of the request' })

/** A new distributor or partner with what was made with it. */
export const CreatedOrganization = object({ ...fields, adminIds })
export type CreatedOrganization = Static<typeof CreatedOrganization>

/** A new tenant with all that its onboarding made. */
export const CreatedTenant = object({ ...fields, adminIds, subscriptions: t.Array(Subscription) })
export type CreatedTenant = Static<typeof CreatedTenant>

export const OrganizationChange = object({
  name: t.Optional(Name()),
  externalId: t.Optional({
    ...orNull(Name()),
    description: 'belongs to the parent: an organization never sets its own',
  }),
  timeZone: t.Optional(TimeZone),
  contact: t.Optional(orNull(Contact)),
})
export type OrganizationChange = Static<typeof OrganizationChange>

const filters = {
  state: t.Optional(oneOf(statesOf('organization'))),
  externalId: t.Optional(Text(200)),
  ...pageQuery,
}

export const DistributorFilters = object({ ...filters, commercialModel })
export const PartnerFilters = object({ ...filters, parentId: t.Optional(Uuid), commercialModel })
export const TenantFilters = object({ ...filters, parentId: t.Optional(Uuid) })
export type OrganizationFilters = Static<typeof PartnerFilters>
