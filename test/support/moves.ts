import type postgres from 'postgres'
import { enqueueDueChanges } from '../../src/modules/organizations/changes/apply.ts'
import type { Tick } from '../../workers/ticks.ts'
import type { Answer, Call } from './api.ts'
import { until } from './until.ts'
import type { Member, World } from './world.ts'

/** Looks for changes that are due, more often than in production. */
export const changesTick: Tick = { name: 'organizations.changes', everyMs: 100, run: enqueueDueChanges }

/** A month that no test lives to see. */
export const farPeriod = '2999-01'

/** Plans changes of the hierarchy and lets their month come. */
export const movesOf = (call: Call, sql: postgres.Sql, world: World) => {
  const post = async (by: Member, path: string, body: object): Promise<Answer> =>
    call('POST', `/api/v1${path}`, { token: await world.token(by), body })
  const planned = async (by: Member, path: string, body: object): Promise<string> => {
    const answer = await post(by, path, { fromPeriod: farPeriod, ...body })
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body.id
  }
  /** The month of the change has begun: it is `period`, which is over. Waits until the change has been brought about. */
  const begin = async (changeId: string, period: string): Promise<void> => {
    await sql`update organization_change set from_period = ${period} where id = ${changeId}`
    await until(async () => {
      const [change] = await sql`select state from organization_change where id = ${changeId}`
      return change?.['state'] === 'done'
    }, 20_000)
  }
  const moveTenant = async (tenant: Member, parent: Member, period: string): Promise<void> =>
    begin(await planned(world.platform, `/tenants/${tenant.id}/move`, { parentId: parent.id }), period)
  const movePartner = async (partner: Member, parent: Member, period: string): Promise<void> =>
    begin(await planned(world.platform, `/partners/${partner.id}/move`, { parentId: parent.id }), period)
  const remodel = async (dealer: Member, commercialModel: string, period: string): Promise<void> =>
    begin(await planned(world.platform, `/${dealer.level}s/${dealer.id}/commercial-model`, { commercialModel }), period)
  return { post, planned, begin, moveTenant, movePartner, remodel }
}
