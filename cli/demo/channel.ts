// The channel of the demo: who there is, who sells to whom, and for how much. Data only.

/** The one password of the demo's people. */
export const password = 'a weir measures the flow'

type Model = 'agent' | 'reseller'
export type Seller = {
  readonly key: string
  readonly name: string
  readonly model: Model
  readonly currency: 'EUR' | 'USD'
  readonly timeZone: string
}

export const distributors: readonly Seller[] = [
  { key: 'nordlicht', name: 'Nordlicht Distribution', model: 'agent', currency: 'EUR', timeZone: 'Europe/Berlin' },
  { key: 'blueridge', name: 'Blue Ridge Cloud', model: 'reseller', currency: 'USD', timeZone: 'America/New_York' },
]

export const partners: readonly (Seller & { readonly parent: string | null })[] = [
  { key: 'fjord', name: 'Fjord IT', model: 'agent', currency: 'EUR', timeZone: 'Europe/Oslo', parent: 'nordlicht' },
  {
    key: 'hafen',
    name: 'Hafen Systems',
    model: 'reseller',
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    parent: 'nordlicht',
  },
  {
    key: 'summit',
    name: 'Summit Consulting',
    model: 'agent',
    currency: 'USD',
    timeZone: 'America/Denver',
    parent: 'blueridge',
  },
  {
    key: 'canyon',
    name: 'Canyon Networks',
    model: 'reseller',
    currency: 'USD',
    timeZone: 'America/Phoenix',
    parent: 'blueridge',
  },
  { key: 'alpen', name: 'Alpen Direkt', model: 'reseller', currency: 'EUR', timeZone: 'Europe/Vienna', parent: null },
]

const tenantNames: Record<string, readonly string[]> = {
  fjord: ['Lofoten Seafood', 'Bergen Robotics', 'Tromso Energy', 'Oslo Transit'],
  hafen: ['Elbe Logistik', 'Alster Versicherung', 'Speicher Medien', 'Kiez Kliniken'],
  summit: ['Aspen Outdoor', 'Boulder Biotech', 'Granite Bank', 'Pueblo Steel'],
  canyon: ['Mesa Solar', 'Sedona Studios', 'Phoenix Foods', 'Tucson Optics'],
  alpen: ['Tirol Touristik', 'Donau Druck'],
  nordlicht: ['Harz Bergbau'],
  platform: ['Ministry of Weather'],
}

export type Tenant = {
  readonly key: string
  readonly name: string
  readonly parent: string
  readonly currency: 'EUR' | 'USD'
}

/** Twenty tenants, each below the partner, distributor or platform that serves it. */
export const tenants: readonly Tenant[] = Object.entries(tenantNames).flatMap(([parent, names]) =>
  names.map((name, index) => ({
    key: `${parent}-${index + 1}`,
    name,
    parent,
    currency: ['summit', 'canyon', 'blueridge'].includes(parent) ? ('USD' as const) : ('EUR' as const),
  })),
)

export const subscriptionsPerTenant = 3

/** The address of an organization's first administrator. */
export const emailOf = (key: string): string => `admin@${key}.example`
export const serviceEmail = 'meter@platform.example'

export const regions = [
  { code: 'eu-central', name: 'Frankfurt', timeZone: 'Europe/Berlin', currency: 'EUR' },
  { code: 'us-east', name: 'Virginia', timeZone: 'America/New_York', currency: 'USD' },
] as const

const perUnit = (unitPrice: string) => ({ kind: 'per_unit', unitPrice })
const graduated = (...tiers: [string | null, string][]) => ({
  kind: 'graduated',
  tiers: tiers.map(([upTo, unitPrice]) => ({ upTo, unitPrice })),
})
const volume = (...tiers: [string | null, string][]) => ({ ...graduated(...tiers), kind: 'volume' })

/** Quantities are in thousandths of `unit`: what an hour uses at least and at most. */
export const skus = [
  { code: 'vm.small', name: 'Small virtual machine', unit: 'hour', aggregation: 'sum', least: 500, most: 1000 },
  { code: 'vm.large', name: 'Large virtual machine', unit: 'hour', aggregation: 'sum', least: 0, most: 1000 },
  { code: 'disk', name: 'Block storage', unit: 'GB-hour', aggregation: 'sum', least: 50_000, most: 400_000 },
  { code: 'egress', name: 'Outbound traffic', unit: 'GB', aggregation: 'sum', least: 0, most: 9000 },
  { code: 'backup', name: 'Backup vault', unit: 'GB', aggregation: 'max', least: 10_000, most: 500_000 },
] as const
export type SkuCode = (typeof skus)[number]['code']

type Prices = Readonly<Record<SkuCode, object>>

/** The platform's list prices; resellers buy at them unless a list for one buyer says otherwise. */
export const listPrices: Prices = {
  'vm.small': graduated(['500', '0.0520'], ['1500', '0.0480'], [null, '0.0440']),
  'vm.large': graduated(['500', '0.2080'], [null, '0.1920']),
  disk: volume(['100000', '0.000055'], [null, '0.000049']),
  egress: graduated(['100', '0'], ['2000', '0.0810'], [null, '0.0630']),
  backup: { kind: 'package', size: '100', price: '2.40', freeUnits: '0' },
}

/** What the platform pays its suppliers. */
export const costPrices: Prices = {
  'vm.small': perUnit('0.0270'),
  'vm.large': perUnit('0.1090'),
  disk: perUnit('0.0000290'),
  egress: perUnit('0.0210'),
  backup: perUnit('0.0118'),
}

/** What resellers ask of those they sell to. */
export const resellerPrices: Readonly<Record<string, Prices>> = {
  hafen: {
    'vm.small': perUnit('0.0590'),
    'vm.large': perUnit('0.2350'),
    disk: perUnit('0.000068'),
    egress: perUnit('0.0900'),
    backup: perUnit('0.0310'),
  },
  alpen: {
    'vm.small': perUnit('0.0610'),
    'vm.large': perUnit('0.2390'),
    disk: perUnit('0.000071'),
    egress: perUnit('0.0950'),
    backup: perUnit('0.0330'),
  },
  blueridge: {
    'vm.small': graduated(['1000', '0.0570'], [null, '0.0530']),
    'vm.large': perUnit('0.2240'),
    disk: perUnit('0.000064'),
    egress: graduated(['50', '0'], [null, '0.0880']),
    backup: perUnit('0.0290'),
  },
  canyon: {
    'vm.small': perUnit('0.0640'),
    'vm.large': perUnit('0.2490'),
    disk: perUnit('0.000073'),
    egress: perUnit('0.0970'),
    backup: perUnit('0.0340'),
  },
}

/** Blue Ridge gives Canyon Networks a list of its own, five per cent below what others pay. */
export const buyerList = {
  seller: 'blueridge',
  buyer: 'canyon',
  prices: {
    'vm.small': graduated(['1000', '0.0541'], [null, '0.0503']),
    'vm.large': perUnit('0.2128'),
    disk: perUnit('0.0000608'),
    egress: graduated(['50', '0'], [null, '0.0836']),
    backup: perUnit('0.0275'),
  } satisfies Prices,
} as const

/** Fjord IT has no rule of its own: it takes Nordlicht's. */
export const commissionRules = [
  { payer: 'platform', payee: 'nordlicht', scope: 'line', tiers: [{ to: null, percent: '6' }] },
  {
    payer: 'blueridge',
    payee: 'summit',
    scope: 'period',
    tiers: [
      { to: '500', percent: '5' },
      { to: null, percent: '8' },
    ],
  },
] as const
