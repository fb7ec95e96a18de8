import type postgres from 'postgres'
import type { Call } from './api.ts'
import type { Member, World } from './world.ts'

const path = '/api/v1/commissions/statements'

/** A second administrator of an organization: what one opens, the other approves. */
export async function secondPerson(
  api: { call: Call; signIn: (who: { email: string; password: string }) => Promise<string> },
  world: World,
  member: Member,
): Promise<string> {
  const role = member.level === 'platform' ? 'PlatformAdministrator' : 'DistributorAdministrator'
  const who = { email: `second-${member.id}@world.example`, password: 'a second password of the test world' }
  const { status, body } = await api.call('POST', '/api/v1/users', {
    token: await world.token(member),
    body: { ...who, name: 'Second', organizationId: member.id, role },
  })
  if (status !== 201) throw new Error(`creating a second person answered ${status} ${JSON.stringify(body)}`)
  return api.signIn(who)
}

/** Statements through the API, by the tokens of the two people of a payer. */
export function testStatements({ call }: { call: Call }, people: { first: string; second: string }) {
  const act = (token: string, id: string, verb: string, body: object = {}) =>
    call('POST', `${path}/${id}/${verb}`, { token, body })
  const find = async (token: string, payee: Member, period: string) => {
    const { body } = await call('GET', `${path}?period=${period}&payeeId=${payee.id}`, { token })
    return body.data[0] as Record<string, string> | undefined
  }
  return {
    act,
    find,
    lines: async (token: string, id: string) =>
      (await call('GET', `${path}/${id}/lines?limit=200`, { token })).body.data as Record<string, string>[],
    /** Reviews without waiting and approves. */
    approve: async (payee: Member, period: string): Promise<Record<string, string>> => {
      const statement = await find(people.first, payee, period)
      await act(people.first, statement!['id']!, 'review', { days: 0 })
      const { status, body } = await act(people.second, statement!['id']!, 'approve')
      if (status !== 200) throw new Error(`approving answered ${status} ${JSON.stringify(body)}`)
      return body
    },
  }
}

/** The sums of a payer's accounts of one kind of document. */
export const postedBy = async (sql: postgres.Sql, type: string, ids: readonly string[]) => {
  const rows = await sql<{ account: string; amount: string }[]>`
    select account, sum(amount)::text as amount from posting
    where document_type = ${type} and document_id = any (${[...ids]}::uuid[]) group by account order by account`
  return rows.map(({ account, amount }) => `${account} ${amount}`)
}
