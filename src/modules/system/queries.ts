import { one, type Tx } from '../../platform/db.ts'

/** The server's version in words, `18.4`. */
export const findServerVersion = async (tx: Tx): Promise<string | undefined> =>
  one(await tx<{ version: string }[]>`select split_part(current_setting('server_version'), ' ', 1) as version`)?.version
