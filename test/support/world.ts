import type { CommercialModel } from '../../src/billing/chain.ts'
import type { Level } from '../../src/platform/context.ts'
import type { Call } from './api.ts'
import { chainShapes, type Shape } from './chains.ts'

/** An organization of the test world. `line` holds its own id and those of its ancestors, the platform's first. */
export type Member = {
  readonly id: string
  readonly level: Level
  readonly name: string
  readonly model: CommercialModel | null
  readonly line: readonly string[]
}

/** The part of `testApi` that the world needs. */
export type WorldApi = {
  readonly call: Call
  readonly signIn: (who?: { email: string; password: string }) => Promise<string>
}

/** A hierarchy with every shape of a chain, made through the API. */
export type World = {
  readonly platform: Member
  /** Directly under the platform. */
  readonly distributors: Readonly<Record<CommercialModel, Member>>
  /** By distributor and own model, as in `agent/reseller`; `-` is a skipped distributor. */
  readonly partners: Readonly<Record<string, Member>>
  /** By distributor and partner, as in `agent/reseller`; `-` is a skipped level. */
  readonly tenants: Readonly<Record<string, Member>>
  readonly all: readonly Member[]
  /** An administrator's access token; the administrator is made at the first call. */
  readonly token: (member: Member) => Promise<string>
  readonly partner: (key: string) => Member
  readonly tenant: (key: string) => Member
}

const password = 'a password of the test world'
const models = ['agent', 'reseller'] as const
const keyOf = ([distributor, partner]: Shape) => `${distributor ?? '-'}/${partner ?? '-'}`

/** The first administrator's sign-in of an organization of the world. */
export const personOf = (member: Member) => ({ email: `admin-${member.id}@world.example`, password })

/** Builds the hierarchy of `shapes` (all nine by default) as the platform's administrator. */
export async function buildWorld(api: WorldApi, shapes: readonly Shape[] = chainShapes): Promise<World> {
  const adminToken = await api.signIn()
  const me = await api.call('GET', '/api/v1/auth/me', { token: adminToken })
  const platform: Member = {
    id: me.body.organizationId,
    level: 'platform',
    name: 'platform',
    model: null,
    line: [me.body.organizationId],
  }
  const create = (level: Level, parent: Member, name: string, model: CommercialModel | null = null) =>
    createMember(api, adminToken, { level, parent, name, model })

  const distributors = {
    agent: await create('distributor', platform, 'agent', 'agent'),
    reseller: await create('distributor', platform, 'reseller', 'reseller'),
  }
  const partners: Record<string, Member> = {}
  for (const above of [null, ...models]) {
    for (const model of models) {
      const key = keyOf([above, model])
      if (!shapes.some((shape) => keyOf(shape) === key)) continue
      partners[key] = await create('partner', above ? distributors[above] : platform, key, model)
    }
  }
  const tenants: Record<string, Member> = {}
  for (const shape of shapes) {
    const key = keyOf(shape)
    const parent = shape[1] ? partners[key] : shape[0] ? distributors[shape[0]] : platform
    tenants[key] = await create('tenant', parent ?? platform, key)
  }
  const all = [platform, ...Object.values(distributors), ...Object.values(partners), ...Object.values(tenants)]
  return {
    platform,
    distributors,
    partners,
    tenants,
    all,
    token: tokens(api, adminToken, platform),
    partner: (key) => named(partners, key),
    tenant: (key) => named(tenants, key),
  }
}

function named(members: Readonly<Record<string, Member>>, key: string): Member {
  const member = members[key]
  if (!member) throw new Error(`the test world has no ${key}`)
  return member
}

async function createMember(
  { call }: WorldApi,
  token: string,
  wanted: { level: Level; parent: Member; name: string; model: CommercialModel | null },
): Promise<Member> {
  const { level, parent, name, model } = wanted
  const { status, body } = await call('POST', `/api/v1/${level}s`, {
    token,
    body: {
      name: `${level} ${name}`,
      ...(level === 'distributor' ? {} : { parentId: parent.id }),
      ...(model ? { commercialModel: model } : {}),
    },
  })
  if (status !== 201) throw new Error(`creating ${level} ${name} answered ${status} ${JSON.stringify(body)}`)
  return { id: body.id, level, name: body.name, model, line: [...parent.line, body.id] }
}

/** Whose eyes to look through: every level, both sides of every fork. */
export const viewersOf = (world: World): Member[] => [
  world.distributors.agent,
  world.distributors.reseller,
  world.partner('-/reseller'),
  world.partner('agent/agent'),
  world.partner('reseller/agent'),
  world.partner('reseller/reseller'),
  world.tenant('-/-'),
  world.tenant('agent/agent'),
  world.tenant('reseller/reseller'),
]

/** True when the organization is the viewer or below it. */
export const isBelow = (world: World, viewer: Member, organizationId: string): boolean =>
  world.all.some((member) => member.id === organizationId && member.line.includes(viewer.id))

const administrators: Record<Level, string> = {
  platform: 'PlatformAdministrator',
  distributor: 'DistributorAdministrator',
  partner: 'PartnerAdministrator',
  tenant: 'TenantAdministrator',
}

/** Passwords take a tenth of a second to hash, so people are made where they are asked for. */
function tokens({ call, signIn }: WorldApi, adminToken: string, platform: Member): World['token'] {
  const known = new Map<string, Promise<string>>([[platform.id, Promise.resolve(adminToken)]])
  const open = async (member: Member): Promise<string> => {
    const person = personOf(member)
    const body = { ...person, name: 'Ada', role: administrators[member.level], organizationId: member.id }
    const { status } = await call('POST', '/api/v1/users', { token: adminToken, body })
    if (status !== 201) throw new Error(`creating an administrator answered ${status}`)
    return signIn(person)
  }
  return (member) => {
    const token = known.get(member.id) ?? open(member)
    known.set(member.id, token)
    return token
  }
}
