import { join } from 'node:path'

const folder = join(import.meta.dir, '..')

/**
 * The reviewed text of a snapshot file of `test/`. With WEIR_UPDATE=1 in the environment the present text is written
 * first, so that the change shows up in the diff that is reviewed.
 */
export async function reviewed(name: string, present: string): Promise<string> {
  const path = join(folder, name)
  if (process.env['WEIR_UPDATE'] === '1') await Bun.write(path, present)
  return Bun.file(path).text()
}
