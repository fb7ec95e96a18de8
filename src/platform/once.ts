import { one, type Tx } from './db.ts'
import { conflictAt, invalidField } from './errors.ts'

/** A caller's Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07) with the hash of method, path and body. */
export type Once = {
  readonly key: string
  readonly requestHash: Uint8Array
  /** What came of it: the answer was kept for a repetition, or is one. The route says so in a header. */
  outcome?: 'kept' | 'replayed'
}

/** The place of the key in a problem. */
const keyPointer = '/headers/idempotency-key'

type Caller = { readonly organizationId: string; readonly accountId: string | null }

/**
 * Runs `command` at most once per key, in the command's own transaction: the key and the effect commit together.
 * @throws DomainError `idempotency.in_flight` (409) while the first request is at work, `idempotency.key_reused` (422) for another body.
 */
export async function once<T extends object>(tx: Tx, caller: Caller, use: Once, command: () => Promise<T>): Promise<T> {
  const accountId = caller.accountId ?? caller.organizationId
  // Sent together, done in this order: the answer is looked for under the lock.
  const [lock, before] = await Promise.all([
    tx<{ taken: boolean }[]>`
      select pg_try_advisory_xact_lock(hashtextextended(${`${caller.organizationId}/${accountId}/${use.key}`}, 7)) as taken`,
    findAnswer(tx, caller.organizationId, accountId, use.key),
  ])
  if (!lock[0]?.taken) {
    throw conflictAt(keyPointer, 'idempotency.in_flight', 'the first request with this key is still at work', {
      retryAfterSeconds: 1,
    })
  }
  if (before) return answerAgain<T>(before, use)
  const answer = await command()
  await tx`
    insert into idempotency_key (org_id, account_id, key, request_hash, response)
    values (${caller.organizationId}, ${accountId}, ${use.key}, ${use.requestHash}, ${tx.json(answer as never)})`
  use.outcome = 'kept'
  return answer
}

type AnswerRow = { requestHash: Uint8Array; response: unknown }

const findAnswer = async (tx: Tx, organizationId: string, accountId: string, key: string) =>
  one(
    await tx<AnswerRow[]>`
      select request_hash as "requestHash", response from idempotency_key
      where org_id = ${organizationId} and account_id = ${accountId} and key = ${key}`,
  )

function answerAgain<T extends object>(before: AnswerRow, use: Once): T {
  if (!Buffer.from(before.requestHash).equals(Buffer.from(use.requestHash))) {
    throw invalidField(keyPointer, 'idempotency.key_reused', 'this key was used with another request')
  }
  use.outcome = 'replayed'
  return before.response as T
}
