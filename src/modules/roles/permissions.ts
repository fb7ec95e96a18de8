import { type Level, levels } from '../../platform/context.ts'

// Who may do what: the one table (domain, Rights and sight). A permission says *may*; scope and commercial model say on what.

/** The built-in roles, in the columns' order of the table below. */
export const roles = [
  'PlatformAdministrator',
  'PlatformReader',
  'PlatformService',
  'DistributorAdministrator',
  'DistributorReader',
  'PartnerAdministrator',
  'PartnerReader',
  'TenantAdministrator',
  'TenantUser',
] as const
export type Role = (typeof roles)[number]

const columns = ['PA', 'PR', 'PS', 'DA', 'DR', 'RA', 'RR', 'TA', 'TU'] as const

const table = {
  'organizations:read': 'PA PR PS DA DR RA RR TA TU',
  'subscriptions:read': 'PA PR PS DA DR RA RR TA TU',
  'usage:read': 'PA PR PS DA DR RA RR TA TU',
  'plans:read': 'PA PR PS DA DR RA RR TA TU',
  'jobs:read': 'PA PR PS DA DR RA RR TA TU',
  'jobs:write': 'PA PS DA RA TA',
  'organizations:write': 'PA DA RA',
  'contact:write': 'PA DA RA TA',
  'users:write': 'PA DA RA TA',
  'roles:grant': 'PA DA RA TA',
  'subscriptions:write': 'PA DA RA',
  'pricing:read': 'PA PR PS DA DR RA RR TA',
  'pricing:write': 'PA DA RA',
  'plans:write': 'PA DA RA',
  'regions:write': 'PA',
  'quarantine:read': 'PA PS',
  'quarantine:write': 'PA',
  'period:close': 'PA',
  'period:waive': 'PA',
  'usage:write': 'PA PS',
  'billing:read': 'PA PR PS DA DR RA RR TA',
  'billing:run': 'PA PS DA RA',
  'invoices:issue': 'PA DA RA',
  'payments:write': 'PA DA RA',
  'credits:write': 'PA DA RA',
  'commissions:read': 'PA PR PS DA DR RA RR',
  'commissions:write': 'PA DA',
  'commissions:run': 'PA PS DA',
  'settings:write': 'PA DA RA TA',
  'statements:write': 'DA RA',
  'webhooks:write': 'PA DA RA TA',
  'audit:read': 'PA PR DA DR RA RR TA',
} as const satisfies Record<string, string>

/** What a route may ask for. */
export type Permission = keyof typeof table

/** Every permission there is. */
export const permissions = Object.keys(table) as Permission[]

const byRole = new Map<string, ReadonlySet<Permission>>(
  roles.map((role, index) => {
    const column = columns[index] ?? ''
    return [role, new Set(permissions.filter((permission) => table[permission].split(' ').includes(column)))]
  }),
)

/** What organizations above a tenant may switch on for its people. */
export const switches = ['selfProvisioning', 'userBilling'] as const
export type Switch = (typeof switches)[number]

/** What a switch adds to a role at the organization for which it is on. */
export const switched: Readonly<Record<Switch, { readonly role: Role; readonly permission: Permission }>> = {
  selfProvisioning: { role: 'TenantAdministrator', permission: 'subscriptions:write' },
  userBilling: { role: 'TenantUser', permission: 'billing:read' },
}

/** Everything that some of these roles permits, with what is switched on. An unknown role or switch permits nothing. */
export const permissionsOf = (held: readonly string[], on: readonly string[] = []): ReadonlySet<Permission> =>
  new Set([
    ...held.flatMap((role) => [...(byRole.get(role) ?? [])]),
    ...switches
      .filter((one) => on.includes(one) && held.includes(switched[one].role))
      .map((one) => switched[one].permission),
  ])

const levelByPrefix: readonly (readonly [string, Level])[] = [
  ['Platform', 'platform'],
  ['Distributor', 'distributor'],
  ['Partner', 'partner'],
  ['Tenant', 'tenant'],
]

/** The level of the organizations at which a role can be granted. */
export const levelOfRole = (role: Role): Level =>
  levelByPrefix.find(([prefix]) => role.startsWith(prefix))?.[1] ?? 'tenant'

/** The role that the first person of a new organization holds. */
export const administratorOf = (level: Level): Role =>
  ({
    platform: 'PlatformAdministrator',
    distributor: 'DistributorAdministrator',
    partner: 'PartnerAdministrator',
    tenant: 'TenantAdministrator',
  })[level] as Role

/** The roles that run an organization: it always keeps somebody with one of them. */
export const administrators: Role[] = levels.map(administratorOf)
