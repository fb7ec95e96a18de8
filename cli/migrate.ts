import type { Command } from './cli.ts'
import { firstAdministrator, openInstallation, prepareDatabase } from './installation.ts'

/** Brings the database up to this version. May run twice, and side by side. */
export const migrateDatabase: Command = async (_words, cli) => {
  const administrator = await firstAdministrator(cli)
  const installation = await openInstallation(cli, 'postgres')
  try {
    const { applied } = await prepareDatabase(cli, installation, administrator)
    cli.say(applied.length > 0 ? `applied ${applied.join(', ')}` : 'the database is up to date')
    return 0
  } finally {
    await installation.stop()
  }
}
