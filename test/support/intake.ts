import { type ParsedBatch, parseBatch } from '../../src/modules/usage/intake/parse.ts'
import { DomainError } from '../../src/platform/errors.ts'

/** The clock of the intake tests. */
export const now = new Date('2024-10-02T00:00:00Z')

/** A sound record, with what the test changes. */
export const sentRecord = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'r-1',
  subscription: 'sub-1',
  meter: 'cpu.hours',
  start: '2024-09-01T00:00:00Z',
  end: '2024-09-01T01:00:00Z',
  quantity: '1.5',
  ...change,
})

/** Posts text or bytes to the parser as a sender would. */
export const parse = (
  body: string | Uint8Array,
  contentType: string | null = 'application/json',
  contentEncoding: string | null = null,
): Promise<ParsedBatch> =>
  parseBatch({
    body: typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body),
    contentType,
    contentEncoding,
    now,
  })

/** What a refusal says: kind, code and the pointers of its faults. Anything but a DomainError fails the test. */
export async function refusal(
  batch: Promise<unknown>,
): Promise<{ kind: string; code: string; pointers: string[]; text: string }> {
  const outcome: unknown = await batch.then(
    () => 'accepted',
    (error: unknown) => error,
  )
  if (!(outcome instanceof DomainError)) throw new Error('not refused by a DomainError', { cause: outcome })
  const { kind, code, faults, message } = outcome
  return { kind, code, pointers: faults.map((fault) => fault.pointer), text: message + JSON.stringify(faults) }
}

/** The faults of the rejected records, as `pointer code`. */
export const faultsOf = (batch: ParsedBatch): string[] =>
  batch.rejected.flatMap((record) => record.faults.map((fault) => `${fault.pointer} ${fault.code}`))
