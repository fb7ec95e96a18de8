import { one, type Tx } from '../../../platform/db.ts'
import type { NewUsageSettings, UsageSettings } from './model.ts'

/** The platform's; undefined while it has said nothing. */
export const findUsageSettings = async (tx: Tx, platformId: string) =>
  one(
    await tx<UsageSettings[]>`
      select spanning, updated_at as "updatedAt" from usage_setting where org_id = ${platformId}`,
  )

export const upsertUsageSettings = (tx: Tx, platformId: string, { spanning }: NewUsageSettings) => tx`
  insert into usage_setting (org_id, spanning) values (${platformId}, ${spanning})
  on conflict on constraint usage_setting_key do update set spanning = excluded.spanning, updated_at = clock_timestamp()`
