import type { Level } from '../src/platform/context.ts'
import { newId, nilId } from '../src/platform/ids.ts'
import { openTokens } from '../src/platform/token.ts'
import type { BenchHouse } from './house.ts'

/** Somebody with one role at one organization; skipped levels are left out. */
export type Person = {
  readonly role: string
  readonly level: Level
  readonly organizationId: string
  readonly distributorId?: string
  readonly partnerId?: string
  readonly tenantId?: string
  /** The seller of record above it; the platform where none is named. */
  readonly sellerId?: string
}

const lifetimeSeconds = 3600

/** Makes access tokens as a sign-in would, without the tenth of a second that each password costs. */
export function tokenMaker({ house, platformId }: Pick<BenchHouse, 'house' | 'platformId'>) {
  const tokens = openTokens({ secret: house.installation.secret, lifetimeSeconds })
  return (person: Person): Promise<string> =>
    tokens.sign({
      accountId: newId(),
      grants: [
        {
          org: person.organizationId,
          level: person.level,
          platform: platformId,
          distributor: person.distributorId ?? nilId,
          partner: person.partnerId ?? nilId,
          tenant: person.tenantId ?? nilId,
          seller: person.sellerId ?? platformId,
          roles: [person.role],
        },
      ],
    })
}
