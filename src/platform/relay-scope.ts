import type { Scope } from './db.ts'
import { nilId } from './ids.ts'

/** The relay's own scope: it moves jobs and events of everybody, and may write rows in the name of `organizationId` only. */
export const relayScope = (organizationId: string = nilId): Scope => ({
  role: 'weir_relay',
  organizationId,
  accountId: null,
  sellerOfRecordId: nilId,
  line: [],
})
