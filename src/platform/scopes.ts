import type { DatabaseRole, Scope } from './db.ts'
import { nilId } from './ids.ts'

/** The scope of the house itself: no person acts, and nobody's shared price lists and plans can be read. */
export const houseScope = (role: DatabaseRole, organizationId: string = nilId): Scope => ({
  role,
  organizationId,
  accountId: null,
  sellerOfRecordId: nilId,
  line: [],
})

/** The relay's own scope: it moves jobs and events of everybody, and may write rows in the name of `organizationId` only. */
export const relayScope = (organizationId?: string): Scope => houseScope('weir_relay', organizationId)
